// For which reader a pack is made, and where that reader finds each kernel. The paths are the core's.
import { aliasOf, BpfcError, type Layout, packPath } from '@bpfc/core';
import { CliCode, CliError } from './errors.js';
import type { Sorted } from './outcomes.js';
import type { Selection } from './select.js';

/** What a pack is written as: `object` is ELF to be linked, `header` is C to be included. */
export type Container = 'tar' | 'tar.gz' | 'folder' | 'object' | 'header';

/** The layouts, with what each one's reader takes. */
const TAKES: Record<Layout, readonly Container[]> = {
  'bpf-compatible': ['tar', 'tar.gz', 'folder', 'object', 'header'],
  bcc: ['tar.gz', 'object', 'header'],
  ig: ['tar.gz', 'folder'],
  flat: ['tar', 'tar.gz', 'folder', 'object', 'header'],
};

export const LAYOUTS = Object.keys(TAKES) as Layout[];

const NAMES: Record<Container, string> = {
  tar: 'OUT.tar',
  'tar.gz': 'OUT.tar.gz',
  folder: 'a folder DIR/',
  object: 'OUT.o',
  header: 'OUT.h',
};

/** A second name of a packed kernel. */
export interface Alias {
  /** In the pack. */
  path: string;
  /** Path of the kernel whose BTF it has. */
  kernel: string;
}

/** Refuses what the layout's reader would not read. */
export function checkContainer(path: string, container: Container, layout: Layout): void {
  const taken = TAKES[layout];
  if (taken.includes(container)) return;
  const names = taken.map((name) => NAMES[name]).join(', ');
  throw new CliError(CliCode.usage, `-o ${path}: the reader of --layout ${layout} takes ${names}`);
}

/** The selected kernels with the paths at which the reader looks for them. */
export function place(selection: Selection, layout: Layout, container: Container): Selection {
  const form = formOf(container);
  const kernels = selection.kernels.map((kernel) => ({
    ...kernel,
    path: packPath(kernel.identity, layout, form),
  }));
  return { ...selection, kernels };
}

/** The names by which readers that join os-release naively look for these kernels, where no kernel has that name. */
export function aliasesOf(kernels: Sorted['kernels'], layout: Layout, container: Container): Alias[] {
  const taken = new Set(kernels.map(({ path }) => path));
  const aliases: Alias[] = [];
  for (const kernel of kernels) {
    const identity = aliasOf(kernel.identity);
    const path = identity && packPath(identity, layout, formOf(container));
    if (path === undefined || taken.has(path)) continue;
    taken.add(path);
    aliases.push({ path, kernel: kernel.path });
  }
  return aliases;
}

/**
 * Trimmed BTF by path. Where the layout gives two kernels one path, their BTFs have to be equal.
 *
 * @throws BpfcError `PACK_DUPLICATE`
 */
export class PlacedBtfs extends Map<string, Uint8Array> {
  place(path: string, source: string, btf: Uint8Array): void {
    const there = this.get(path);
    if (there && Buffer.compare(there, btf) !== 0) {
      throw new BpfcError(
        'PACK_DUPLICATE',
        `${source}: another kernel of this release has the path ${path} already, with another BTF; narrow the kernels by --kernels or --arch, or choose another --layout`,
        { value: path },
      );
    }
    this.set(path, there ?? btf);
  }
}

function formOf(container: Container): 'tar' | 'folder' {
  return container === 'folder' ? 'folder' : 'tar';
}
