// What is written: the pack in its container, made before its place is taken.
import { cHeader, createPack, type Layout, linkableObject } from '@bpfc/core';
import { CliCode, CliError } from './errors.js';
import type { Container } from './layout.js';
import { beginFile, beginTree } from './output.js';

export interface Output {
  path: string;
  container: Container;
  layout: Layout;
}

/** What goes into a pack. */
export interface Contents {
  packageJson: Uint8Array | undefined;
  /** By path. */
  btfs: ReadonlyMap<string, Uint8Array>;
}

/** An output that was begun; nothing shows at its path before `commit`. */
export interface PendingPack {
  prepare(contents: Contents): { bytes: number; commit(): Promise<void> };
  discard(): Promise<void>;
}

/** @param machine - for which an object is linked */
export async function beginPack(output: Output, machine: string): Promise<PendingPack> {
  if (output.container === 'folder') {
    const tree = await beginTree(output.path);
    const prepare = ({ packageJson, btfs }: Contents) => {
      const files = new Map<string, Uint8Array>(packageJson && [['package.json', packageJson]]);
      for (const [path, btf] of btfs) files.set(path, btf);
      const bytes = [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
      return { bytes, commit: () => tree.commit(files) };
    };
    return { prepare, discard: tree.discard };
  }
  const file = await beginFile(output.path);
  const prepare = (contents: Contents) => {
    const content = contentOf(output, contents, machine);
    return { bytes: content.byteLength, commit: () => file.commit(content) };
  };
  return { prepare, discard: file.discard };
}

function contentOf(
  { path, container, layout }: Output,
  { packageJson, btfs }: Contents,
  machine: string,
): Uint8Array {
  const entries = Array.from(btfs, ([path, bytes]) => ({ path, bytes }));
  const pack = createPack({
    package: packageJson,
    entries,
    container: container === 'tar' ? 'tar' : 'tar.gz',
    layout,
  });
  if (container === 'header') return new TextEncoder().encode(cHeader(pack));
  if (container !== 'object') return pack;
  const object = linkableObject(pack, machine);
  if (object) return object;
  throw new CliError(
    CliCode.usage,
    `-o ${path}: no linkable object can be written for ${machine}; name another --target, or write OUT.h`,
  );
}
