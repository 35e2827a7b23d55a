// From programs and kernels to a pack in place: what `pack` and `btfgen` share.
import { stat } from 'node:fs/promises';
import { sha256 } from '@bpfc/core';
import { type Found, type ModuleFiles, PackJob, type PackRequest, type Programs } from '@bpfc/core/command';
import { TrimPool } from '@bpfc/core/pool';
import type { Provenance } from '@bpfc/hub/cache';
import type { CatalogedKernels } from './cache-kernels.js';
import { beginFile, beginTree, writeWhole } from './output.js';
import { trimFiles } from './pool.js';
import { startProgress } from './progress.js';

export interface PackOptions {
  /** Where the kernels' modules are. Default: no modules. */
  modules?: ModuleFiles | undefined;
  /** Write BTF that libbpf before 1.0 reads too. Default: no. */
  compat?: boolean | undefined;
  /** Where the kernels come from, and what is to be said of it. Default: nothing. */
  records?: Records | undefined;
  /** To trim with; terminated then. Default: a new one. */
  pool?: TrimPool | undefined;
}

/** What is said of where a pack's kernels come from. */
export interface Records {
  kernels: CatalogedKernels;
  /** What stands in the pack; `none`: nothing there, and nothing beside it. */
  provenance: 'short' | 'full' | 'none';
  /** Write a NOTICE beside the pack. */
  notice: boolean;
  /** Write the project's lock. */
  lock: boolean;
}

/** Trims, packs and puts the pack in place; returns what there is to tell, in a form of `Packed.summary`. */
export async function packKernels(
  programs: Programs,
  found: Found,
  request: PackRequest,
  { modules, compat, records, pool = new TrimPool({ jobs: request.jobs }) }: PackOptions,
  form: 'json' | 'colors' | 'plain',
): Promise<string> {
  const started = performance.now();
  using job = PackJob.plan(programs, found, request, modules);
  const place = await begin(request);
  try {
    const objects = programs.objects();
    const files = await trimAll(job, pool, { objects, compat, jobs: request.jobs });
    const told = await records?.kernels.provenance(files, objects.map(sha256));
    if (told && records?.provenance !== 'none') {
      job.provenance(new TextEncoder().encode(records?.provenance === 'full' ? told.list : told.short));
    }
    using packed = job.finish();
    await place.commit(packed.content());
    if (told && records) await writeBeside(request.output.path, told, records);
    if (records?.lock) await records.kernels.pin(files);
    return packed.summary(form, Math.round(performance.now() - started));
  } finally {
    await place.discard();
  }
}

/** Beside what is no device. */
async function writeBeside(path: string, told: Provenance, { provenance, notice }: Records): Promise<void> {
  const there = await stat(path);
  if (!there.isFile() && !there.isDirectory()) return;
  const name = path.replace(/\/+$/, '');
  if (provenance !== 'none') await writeWhole(`${name}.provenance.json`, told.list);
  if (notice) await writeWhole(`${name}.NOTICE`, told.notice);
}

/** Returns the files that were trimmed. */
async function trimAll(
  job: PackJob,
  pool: TrimPool,
  options: { objects: readonly Uint8Array[]; compat: boolean | undefined; jobs: number },
): Promise<string[]> {
  const files = job.kernels();
  const progress = await startProgress(files.length);
  try {
    const outcomes = await trimFiles(pool, files, { ...options, onDone: () => progress.step() });
    outcomes.forEach(({ trimmed, problem }, position) => {
      if (trimmed) job.trimmed(position, trimmed);
      else job.failed(position, problem);
    });
    return files.filter((_, position) => outcomes[position]?.trimmed).map(({ kernel }) => kernel);
  } finally {
    progress.stop();
    // Not waited for: the pack is written meanwhile.
    void pool.terminate();
  }
}

/** A pack that was begun; nothing shows at its path before `commit`. */
async function begin({ output: { container, path } }: PackRequest) {
  if (container === 'folder') {
    const tree = await beginTree(path);
    return {
      commit: async (content: Uint8Array | Map<string, Uint8Array>) => {
        if (content instanceof Map) await tree.commit(content);
      },
      discard: tree.discard,
    };
  }
  const file = await beginFile(path);
  return {
    commit: async (content: Uint8Array | Map<string, Uint8Array>) => {
      if (content instanceof Uint8Array) await file.commit(content);
    },
    discard: file.discard,
  };
}
