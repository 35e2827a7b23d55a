// The page on `@bpfc/wasi`, which comes with its modules when it is first asked for.
import { fetchBytes } from './pack-kernels.js';

globalThis.runBpfc = async (args, paths) => {
  const { run } = await import('@bpfc/wasi');
  const read = async (path: string) => [path, await fetchBytes(path, document.baseURI)] as const;
  return run(args, { files: Object.fromEntries(await Promise.all(paths.map(read))) });
};
