// The table of docs/benchmarks.md: what a user would run instead, and us, measured in turns.
//
//   node bench/run.mjs [--runs N] [--full] [--as-built] [pack | trim | native | load | fetch | memory | bytes | preview | full]...
//
// --full adds the simulated archive, some minutes. --as-built measures what is there, without set-up and build.
// A missed target is no failure: machines differ, and this is no test.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { capture, exitWith, root, SetupError } from '../tools/process.mjs';
import { environment } from '../tools/toolbox.mjs';
import { machine } from './machine.mjs';
import { progress, progressDone } from './progress.mjs';
import { judge } from './statistics.mjs';
import { renderTable } from './table.mjs';

/** @typedef {import('./statistics.mjs').Row} Row */

const GROUPS = ['pack', 'trim', 'native', 'load', 'fetch', 'memory', 'bytes', 'preview', 'full'];

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        runs: { type: 'string', default: '5' },
        full: { type: 'boolean', default: false },
        'as-built': { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const unknown = positionals.find((group) => !GROUPS.includes(group));
    if (unknown !== undefined || !/^[1-9]\d{0,2}$/.test(values.runs)) {
      throw new SetupError(`expected --runs N, --full, --as-built, and of ${GROUPS.join(', ')}`);
    }
    const usual = GROUPS.filter((group) => group !== 'full');
    const groups = new Set(positionals.length > 0 ? positionals : usual);
    if (values.full) {
      groups.add('full');
    }
    return { runs: Number(values.runs), asBuilt: values['as-built'], groups };
  } catch (error) {
    throw error instanceof SetupError ? error : new SetupError(String(error));
  }
}

/** A folder for hundreds of megabytes, gone at the end, also after Ctrl-C. */
function makeScratch() {
  const scratch = mkdtempSync(join(tmpdir(), 'bpfc-bench-'));
  process.on('exit', () => {
    progressDone();
    rmSync(scratch, { recursive: true, force: true });
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(signal, () => process.exit(1));
  }
  return scratch;
}

function build() {
  progress('setting up');
  capture(process.execPath, [join(root, 'tools', 'setup.mjs'), 'test']);
  const timer = ['build', '--release', '--locked', '-p', 'bpfc-tests', '--bin', 'bpfc-time'];
  capture('cargo', timer, { env: environment() });
}

/**
 * @param {Set<string>} groups
 * @param {number} runs
 * @param {string} scratch
 */
async function measure(groups, runs, scratch) {
  // Imported here: they stand on what has just been built.
  const { makeBed } = await import('./bed.mjs');
  const { packRows } = await import('./rows/pack.mjs');
  const { trimRows } = await import('./rows/trim.mjs');
  const { nativeRows } = await import('./rows/native.mjs');
  const { loadRows } = await import('./rows/load.mjs');
  const { fetchRows } = await import('./rows/fetch.mjs');
  const { memoryRows } = await import('./rows/memory.mjs');
  const { bytesRows } = await import('./rows/bytes.mjs');
  const { previewRows } = await import('./rows/preview.mjs');
  const { fullRows } = await import('./rows/full.mjs');
  const bed = makeBed({ runs, scratch });
  const all = Object.entries({
    pack: packRows,
    trim: trimRows,
    native: nativeRows,
    load: loadRows,
    fetch: fetchRows,
    memory: memoryRows,
    bytes: bytesRows,
    preview: previewRows,
    full: fullRows,
  });
  /** @type {Row[]} */
  const rows = [];
  for (const [group, measureGroup] of all) {
    if (groups.has(group)) {
      rows.push(...(await measureGroup(bed)));
    }
  }
  return rows;
}

/**
 * Keeps the run, every figure of it, with the machine it is of.
 * @param {object} run
 * @param {string} date
 */
function keep(run, date) {
  const folder = join(root, 'bench', 'results');
  const file = join(folder, `${date.replaceAll(/[:.]/g, '-')}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(run, undefined, 2)}\n`);
  return relative(root, file);
}

await exitWith(async () => {
  const { runs, asBuilt, groups } = readArguments();
  const scratch = makeScratch();
  if (!asBuilt) {
    build();
  }
  const facts = machine();
  const rows = await measure(groups, runs, scratch);
  const date = new Date().toISOString();
  const judged = rows.map((row) => ({ ...row, median: judge(row) }));
  const file = keep({ date, machine: facts, runs, rows: judged }, date);
  progressDone();
  const load = facts.loadAtStart[0]?.toFixed(1);
  process.stdout.write(
    `${renderTable(rows)}\n${facts.cpu}, ${facts.cores} cores, load ${load} at start, node ${facts.node}, ` +
      `medians of ${runs} runs\n${file}\n`,
  );
  return 0;
});
