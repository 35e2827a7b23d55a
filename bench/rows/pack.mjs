// The main job, cold: from the archive to a pack. Files are in the page cache for both sides.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture, root, SetupError } from '../../tools/process.mjs';
import { environment } from '../../tools/toolbox.mjs';
import { BPFC, packArguments, unpacking, xargs } from '../bed.mjs';
import { cpuTime, interleave, timed } from '../measure.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../statistics.mjs').Row} Row */

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function packRows(bed) {
  const { kernels, archive, rawArchive, cores } = bed;
  /** @type {Stages} */
  let stages = { unpack: 0, trim: 0, pack: 0 };
  let cpu = 0;
  const figures = await interleave(bed.runs, 'pack', {
    pipeline: async () => {
      cpu = await cpuTime(async () => {
        stages = await pipeline(bed);
      });
      return stages.unpack + stages.trim + stages.pack;
    },
    // Of the pipeline that has just run; the same below.
    pipelineUnpack: () => stages.unpack,
    pipelineTrim: () => stages.trim,
    pipelineCpu: () => cpu,
    ours: async () => {
      let time = 0;
      cpu = await cpuTime(async () => {
        time = await timed(() => pack(bed, archive));
      });
      return time;
    },
    oursCpu: () => cpu,
    native: () => timed(() => counted(bed, capture(BPFC, nativeArguments(bed), { env: environment() }))),
    oursDecode: () =>
      timed(() => {
        const files = kernels.map(({ file }) => file);
        node([join(root, 'bench', 'decode.mjs'), String(cores), ...files]);
      }),
    oursTrim: () => timed(() => pack(bed, rawArchive)),
  });
  return [
    {
      name: `pack ${kernels.length} kernels, cold`,
      unit: 'ms',
      peer: figures.pipeline,
      us: figures.ours,
      target: { ratio: 0.75 },
      note: `.btf.tar.xz to .tar.gz on ${cores} cores; peer: xargs tar xJf, xargs bpftool gen min_core_btf, tar czf`,
    },
    {
      name: '  bpfc pack',
      unit: 'ms',
      peer: figures.pipeline,
      us: figures.native,
      target: { ratio: 0.55 },
      note: 'the same by the native command',
    },
    {
      name: '  CPU time',
      unit: 'ms',
      peer: figures.pipelineCpu,
      us: figures.oursCpu,
      note: 'user and system, of the same runs: what other work on the machine disturbs least',
    },
    {
      name: '  decode alone',
      unit: 'ms',
      peer: figures.pipelineUnpack,
      us: figures.oursDecode,
      note: 'the pipeline writes the raw BTFs; ours keeps them in memory and checks that they are BTF',
    },
    {
      name: '  trim alone',
      unit: 'ms',
      peer: figures.pipelineTrim,
      us: figures.oursTrim,
      note: 'from raw BTFs; ours is `btf-pack pack` of them, with its start and the packing',
    },
    {
      name: '  floor: our decoding',
      unit: 'ms',
      peer: figures.pipeline,
      us: figures.oursDecode,
      note: 'a pack that does nothing but decode, against the whole pipeline',
    },
  ];
}

/** @typedef {{ unpack: number, trim: number, pack: number }} Stages milliseconds each */

/**
 * What a user would run instead. Making and removing folders is not counted.
 * @param {Bed} bed
 * @returns {Promise<Stages>}
 */
async function pipeline(bed) {
  const { kernels, object, scratch } = bed;
  const folder = mkdtempSync(join(scratch, 'pipeline-'));
  const full = join(folder, 'full');
  const trimmed = join(folder, 'trimmed', 'btfhub-archive');
  const archives = unpacking(kernels, full);
  const each = kernels.map(({ path }) => {
    mkdirSync(dirname(join(trimmed, path)), { recursive: true });
    return [join(full, `${path}.btf`), join(trimmed, `${path}.btf`), object];
  });
  try {
    return {
      unpack: await timed(() => xargs(bed, archives)),
      trim: await timed(() => xargs(bed, { command: ['bpftool', 'gen', 'min_core_btf'], each })),
      pack: await timed(() =>
        capture('tar', ['czf', join(folder, 'pack.tar.gz'), '-C', dirname(trimmed), '.']),
      ),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * @param {Bed} bed
 * @param {string} from
 */
function pack(bed, from) {
  counted(bed, node(packArguments(bed, from, join(bed.scratch, 'ours.tar.gz'))));
}

/** @param {Bed} bed */
function nativeArguments(bed) {
  return packArguments(bed, bed.archive, join(bed.scratch, 'native.tar.gz')).slice(1);
}

/**
 * @param {Bed} bed
 * @param {string} json what was printed
 */
function counted(bed, json) {
  const summary = JSON.parse(json);
  if (summary.totals.kernels !== bed.kernels.length) {
    throw new SetupError(`packed ${summary.totals.kernels} kernels, not ${bed.kernels.length}`);
  }
}

/** @param {string[]} args */
function node(args) {
  return capture(process.execPath, args, { env: environment() });
}
