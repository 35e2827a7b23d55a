// The main job in a page: the program and the kernels are fetched, parsed, trimmed and packed.
import type * as browser from '@bpfc/core';
import type { TrimPool } from '@bpfc/core/pool';
import type * as slim from '@bpfc/core/slim';
import type { Inputs, Packs } from './drive.js';

/** What both entries offer. */
export type Core = Omit<typeof browser, 'init'> & Omit<typeof slim, 'init' | 'initSync'>;

/** @param base - of the page: a worker's script may lie elsewhere */
export async function packKernels(core: Core, { program, kernels }: Inputs, base: string): Promise<Packs> {
  const bytes = await fetchBytes(program, base);
  using object = core.parseObject(bytes);
  using trimmer = new core.Trimmer([object]);
  const types: number[] = [];
  const trimmed: Uint8Array[] = [];
  for (const path of kernels) {
    const kernel = await fetchBytes(path, base);
    using btf = core.parseBtf(kernel);
    types.push(btf.info().types);
    trimmed.push(trimmer.trim(kernel).btf);
  }
  return { types, ...pack(core, { program, kernels }, bytes, trimmed) };
}

/** The same by the workers of a pool, which read the kernels. */
export async function packInPool(
  core: Core,
  pool: TrimPool,
  { program, kernels }: Inputs,
  base: string,
): Promise<Packs> {
  const bytes = await fetchBytes(program, base);
  const blobs = await Promise.all(kernels.map((path) => fetchBlob(path, base)));
  const outcomes = await pool.trim({ objects: [bytes], kernels: blobs });
  const trimmed = outcomes.map(({ trimmed, error }) => {
    if (error) throw error;
    return trimmed.btf;
  });
  return pack(core, { program, kernels }, bytes, trimmed);
}

/** What becomes of kernels in a pool, given as paths or as bytes: the code of what is wrong, or null. */
export async function codesInPool(
  pool: TrimPool,
  program: string,
  kernels: (string | number[])[],
  base: string,
): Promise<(string | null)[]> {
  const inputs = kernels.map((kernel) =>
    typeof kernel === 'string' ? fetchBlob(kernel, base) : new Uint8Array(kernel),
  );
  const outcomes = await pool.trim({
    objects: [await fetchBytes(program, base)],
    kernels: await Promise.all(inputs),
  });
  return outcomes.map(({ error }) => error?.code ?? null);
}

function pack(core: Core, { program, kernels }: Inputs, bytes: Uint8Array, trimmed: Uint8Array[]): Packs {
  using object = core.parseObject(bytes);
  const { json } = object.packageJson(program.slice(program.lastIndexOf('/') + 1));
  const entries = kernels.map((path, index): browser.PackInput => {
    const identity = core.identityOfPath(path);
    if (!identity) throw new Error(`${path}: not the path of a kernel's BTF`);
    return { identity, bytes: trimmed[index] ?? new Uint8Array() };
  });
  const write = (container: 'tar' | 'tar.gz') =>
    core.createPack({ package: json, entries, container }) as Uint8Array<ArrayBuffer>;
  return { tar: write('tar'), tarGz: write('tar.gz') };
}

async function fetchBlob(path: string, base: string): Promise<Blob> {
  const response = await fetch(new URL(path, base));
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response.blob();
}

export async function fetchBytes(path: string, base: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetchBlob(path, base)).arrayBuffer());
}
