// Trims and packs as the command does, by the same core: the choice of kernels, the names, the bytes.

import {
  defaultOutput,
  Found,
  type Output,
  outputAt,
  PackJob,
  type PackSummary,
  Programs,
  type System,
} from '@bpfc/core/command';
import { TrimPool } from '@bpfc/core/pool';
import { BpfcError, type Layout } from '@bpfc/core/slim';
import { transfer } from 'comlink';
import { bytesOfBlob } from '../../engine/bytes.js';

/** What is to be packed, and how. */
export interface PackOrder {
  programs: readonly { name: string; blob: Blob }[];
  /** Of several programs the one whose package.json is put in; none where it is empty. */
  main: string;
  /** `path` says which kernel it is of, as an archive's does. */
  kernels: readonly { path: string; blob: Blob }[];
  /** Name of the pack, which says its form; empty for the usual one. */
  output: string;
  layout: Layout;
  /** Whether a kernel's path is not its file's, but what the reader says it is of. */
  named: boolean;
  /** Of kernels whose path does not say. */
  arch: string;
  /** Globs over ID/VERSION/ARCH/RELEASE; none: all. */
  globs: readonly string[];
  aliases: boolean;
  strict: boolean;
  compat: boolean;
}

export interface PackResult {
  name: string;
  bytes: Uint8Array;
  summary: PackSummary;
}

/** Trims on as many Workers as there are cores. */
export class Packer {
  readonly #ready: Promise<WebAssembly.Module>;

  constructor(ready: Promise<WebAssembly.Module>) {
    this.#ready = ready;
    // Told to whoever calls first.
    ready.catch(() => {});
  }

  /** @throws Failure as `btf-pack pack` fails */
  async pack(order: PackOrder, onKernel: (done: number, all: number) => void): Promise<PackResult> {
    const module = await this.#ready;
    const started = performance.now();
    const output = formOf(order);
    using programs = await readPrograms(order);
    const system: System = { osRelease: '', machine: order.arch, release: '', current: '/' };
    using found = kernelsOf(order, programs.assumedArch(order.arch), system);
    await using pool = new TrimPool({ module });
    using job = PackJob.plan(programs, found, {
      output,
      kernels: order.globs,
      archs: [],
      strict: order.strict,
      aliases: order.aliases,
      machine: order.arch,
      sizes: true,
      jobs: navigator.hardwareConcurrency,
    });
    const blobs = new Map(order.kernels.map(({ path, blob }) => [path, blob]));
    const kernels = job.kernels().map(({ kernel }) => blobs.get(kernel) ?? new Blob());
    let done = 0;
    const outcomes = await pool.trim({
      objects: programs.objects(),
      kernels,
      compat: order.compat,
      onDone: () => onKernel(++done, kernels.length),
    });
    outcomes.forEach(({ trimmed, error }, position) => {
      if (trimmed) job.trimmed(position, trimmed);
      else job.failed(position, { code: error.code, message: error.message });
    });
    using packed = job.finish();
    const bytes = packed.content() as Uint8Array;
    const summary = JSON.parse(packed.summary('json', Math.round(performance.now() - started)));
    return transfer({ name: output.path, bytes, summary }, [bytes.buffer as ArrayBuffer]);
  }
}

function formOf({ output, programs, layout }: PackOrder): Output {
  const name = output || defaultOutput(programs[0]?.name ?? '', layout);
  const form = outputAt(name, false, layout);
  if (form.container === 'folder') {
    throw new BpfcError(
      'CLI_USAGE',
      `${name} is a folder, which a page cannot save: name a .tar, .tar.gz, .o or .h`,
    );
  }
  return form;
}

async function readPrograms({ programs: files, main, layout }: PackOrder): Promise<Programs> {
  const programs = new Programs();
  for (const { name, blob } of files) programs.add(name, await bytesOfBlob(blob));
  // Only bpf-compatible and its clients take the program out of the pack.
  if (layout === 'bpf-compatible') programs.generatePackage(main || undefined, '/');
  return programs;
}

function kernelsOf({ kernels }: PackOrder, arch: string, system: System): Found {
  const paths = new Set<string>();
  for (const { path } of kernels) {
    if (paths.has(path))
      throw new BpfcError('CLI_USAGE', `two BTFs are said to be of ${path}: name one of them otherwise`);
    paths.add(path);
  }
  const listings = kernels.map(({ path }) => ({
    path,
    folder: false,
    files: [{ file: path, running: false }],
  }));
  return Found.among(listings, arch, system);
}
