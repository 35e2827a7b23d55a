// From programs and kernels to a pack in place: what `pack` and `btfgen` share.
import { type Found, type ModuleFiles, PackJob, type PackRequest, type Programs } from '@bpfc/core/command';
import { TrimPool } from '@bpfc/core/pool';
import { beginFile, beginTree } from './output.js';
import { trimFiles } from './pool.js';
import { startProgress } from './progress.js';

export interface PackOptions {
  /** Where the kernels' modules are. Default: no modules. */
  modules?: ModuleFiles | undefined;
  /** Write BTF that libbpf before 1.0 reads too. Default: no. */
  compat?: boolean | undefined;
  /** To trim with; terminated then. Default: a new one. */
  pool?: TrimPool | undefined;
}

/** Trims, packs and puts the pack in place; returns what there is to tell, in a form of `Packed.summary`. */
export async function packKernels(
  programs: Programs,
  found: Found,
  request: PackRequest,
  { modules, compat, pool = new TrimPool({ jobs: request.jobs }) }: PackOptions,
  form: 'json' | 'colors' | 'plain',
): Promise<string> {
  const started = performance.now();
  using job = PackJob.plan(programs, found, request, modules);
  const place = await begin(request);
  try {
    await trimAll(job, pool, { objects: programs.objects(), compat, jobs: request.jobs });
    using packed = job.finish();
    await place.commit(packed.content());
    return packed.summary(form, Math.round(performance.now() - started));
  } finally {
    await place.discard();
  }
}

async function trimAll(
  job: PackJob,
  pool: TrimPool,
  options: { objects: readonly Uint8Array[]; compat: boolean | undefined; jobs: number },
): Promise<void> {
  const files = job.kernels();
  const progress = await startProgress(files.length);
  try {
    const outcomes = await trimFiles(pool, files, { ...options, onDone: () => progress.step() });
    outcomes.forEach(({ trimmed, problem }, position) => {
      if (trimmed) job.trimmed(position, trimmed);
      else job.failed(position, problem);
    });
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
