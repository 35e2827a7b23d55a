// The main job in a page: the program and the kernels are fetched, parsed, trimmed and packed.
import type * as browser from '@bpfc/core';
import type * as slim from '@bpfc/core/slim';

/** What both entries offer. */
type Core = Omit<typeof browser, 'init'> & Omit<typeof slim, 'init' | 'initSync'>;

/** Paths below the page. */
export interface Inputs {
  program: string;
  kernels: string[];
}

export interface Packs {
  /** Number of types of each kernel. */
  types: number[];
  tar: Uint8Array<ArrayBuffer>;
  tarGz: Uint8Array<ArrayBuffer>;
}

/** @param base - of the page: a worker's script may lie elsewhere */
export async function packKernels(core: Core, { program, kernels }: Inputs, base: string): Promise<Packs> {
  const read = async (path: string) => {
    const response = await fetch(new URL(path, base));
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };

  using object = core.parseObject(await read(program));
  using trimmer = new core.Trimmer([object]);
  const types: number[] = [];
  const entries: browser.PackInput[] = [];
  for (const path of kernels) {
    const kernel = await read(path);
    const identity = core.identityOfPath(path);
    if (!identity) throw new Error(`${path}: not the path of a kernel's BTF`);
    using btf = core.parseBtf(kernel);
    types.push(btf.info().types);
    entries.push({ identity, bytes: trimmer.trim(kernel).btf });
  }
  const { json } = object.packageJson(program.slice(program.lastIndexOf('/') + 1));
  const pack = (container: 'tar' | 'tar.gz') =>
    core.createPack({ package: json, entries, container }) as Uint8Array<ArrayBuffer>;
  return { types, tar: pack('tar'), tarGz: pack('tar.gz') };
}
