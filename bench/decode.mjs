// Decodes files in the core, on several threads, and does nothing with them: what `btf-pack pack` cannot do without.
//
//   node bench/decode.mjs THREADS FILE...
//
// What is decoded is checked to be BTF, a few milliseconds each: the core gives no undecoded kernel away.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

if (isMainThread) {
  const { wasmModule } = await import('../packages/core/dist/node.js');
  const [threads, ...files] = process.argv.slice(2);
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const module = wasmModule();
  await Promise.all(
    Array.from({ length: Number(threads) }, () =>
      once(new Worker(fileURLToPath(import.meta.url), { workerData: { module, next, files } }), 'exit'),
    ),
  );
} else {
  const { initSync, parseBtf } = await import('../packages/core/dist/slim.js');
  const { module, next, files } = workerData;
  initSync(module);
  for (let file = take(next, files); file !== undefined; file = take(next, files)) {
    parseBtf(readFileSync(file)).free();
  }
}

/**
 * @param {Int32Array} next
 * @param {string[]} files
 */
function take(next, files) {
  return files[Atomics.add(next, 0, 1)];
}
