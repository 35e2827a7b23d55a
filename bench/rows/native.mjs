// The native command: one process against one process, and what has to be shipped.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { capture, root, SetupError } from '../../tools/process.mjs';
import { environment } from '../../tools/toolbox.mjs';
import { BPFC, kernelOfSize, TIME } from '../bed.mjs';
import { interleave, timed } from '../measure.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../statistics.mjs').Row} Row */

/** As large as most kernels' are today. */
const SIZE = 5e6;

/** Each run is the median of this many: they take milliseconds. */
const REPEATS = 15;

/** Runs of `@bpfc/wasi` in a process of its own: the first pays for compiling the module. */
const WASI_STARTS = 5;

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function nativeRows(bed) {
  const { object } = bed;
  const kernel = kernelOfSize(bed, SIZE);
  const out = (/** @type {string} */ name) => join(bed.scratch, name);
  const bpftool = (/** @type {string[]} */ ...args) => repeated(['bpftool', ...args]);
  const bpfc = (/** @type {string[]} */ ...args) => repeated([BPFC, ...args]);
  const figures = await interleave(bed.runs, 'native', {
    bpftoolTrim: () => bpftool('gen', 'min_core_btf', kernel.raw, out('bpftool.btf'), object),
    trim: () => bpfc('trim', kernel.raw, out('bpfc.btf'), object),
    bpftoolDump: () => bpftool('btf', 'dump', 'file', kernel.raw, 'format', 'c'),
    dump: () => bpfc('dump', kernel.raw),
  });
  const raw = `${kernel.path}, ${(kernel.size / 1e6).toFixed(1)} MB raw, one process each`;
  return [
    {
      name: 'bpfc trim',
      unit: 'ms',
      peer: figures.bpftoolTrim,
      us: figures.trim,
      target: { ratio: 0.5 },
      note: `${raw}; peer: bpftool gen min_core_btf`,
    },
    {
      name: 'bpfc dump',
      unit: 'ms',
      peer: figures.bpftoolDump,
      us: figures.dump,
      target: { ratio: 1 },
      note: `${raw}; peer: bpftool btf dump format c`,
    },
    ...(await wasiRows()),
  ];
}

/** @returns {Promise<Row[]>} */
async function wasiRows() {
  const module = join(root, 'packages', 'wasi', 'dist', 'bpfc.wasm');
  if (!existsSync(module)) {
    throw new SetupError(`${module} is missing: run \`npm run build\``);
  }
  const entry = join(root, 'packages', 'wasi', 'dist', 'node.js');
  const program = `const { run } = await import(${JSON.stringify(entry)}); await run(['--version']);`;
  const starts = [];
  for (let start = 0; start < WASI_STARTS; start++) {
    starts.push(await timed(() => capture(process.execPath, ['--input-type=module', '-e', program])));
  }
  return [
    { name: 'bpfc, for this machine', unit: 'bytes', us: [statSync(BPFC).size], note: 'as set-up builds it' },
    { name: 'bpfc.wasm', unit: 'bytes', us: [statSync(module).size] },
    { name: '  gzipped', unit: 'bytes', us: [gzipSync(readFileSync(module), { level: 9 }).length] },
    {
      name: '@bpfc/wasi, start to answer',
      unit: 'ms',
      us: starts,
      note: 'Node, import, compile, `bpfc --version`, in a process of its own',
    },
  ];
}

/**
 * The median time of a program, in milliseconds. What it prints is not shown.
 * @param {string[]} command
 */
function repeated(command) {
  const told = capture(TIME, ['run', String(REPEATS), ...command], { env: environment() });
  return JSON.parse(told).median_ns / 1e6;
}
