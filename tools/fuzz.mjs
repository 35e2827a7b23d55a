// Runs the fuzz targets, two at a time, each for MINUTES: one line per target, exit code 1 when one crashed.
//
//   node tools/fuzz.mjs MINUTES [TARGET...]
//
// fuzz/corpus/ is kept with the sources; what a run finds worth keeping stays in fuzz/target/corpus/, what makes a
// target crash in fuzz/artifacts/. docs/fuzzing.md says what to do with the latter.

import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { ask, capture, exitWith, root, SetupError, step } from './process.mjs';
import { environment, toolCache } from './toolbox.mjs';

const CARGO_FUZZ = '0.13.2';
const folder = join(root, 'fuzz');
const built = join(folder, 'target');

/** Beside the tools that the build needs, but installed by the first run of this alone. */
const cargoFuzz = join(toolCache, `cargo-fuzz-${CARGO_FUZZ}`);

/** As many as a small machine has cores. */
const AT_ONCE = 2;

/** Small inputs find more: one kernel of 5 MB takes as long as thousands of them. */
const LIBFUZZER = ['-rss_limit_mb=2048', '-timeout=10', '-max_len=16384', '-print_final_stats=1'];

/** @type {NodeJS.ProcessEnv} */
const env = { ...environment(), RUSTUP_TOOLCHAIN: 'nightly' };
env.PATH = [join(cargoFuzz, 'bin'), env.PATH].join(delimiter);

await exitWith(async () => {
  const [minutes, ...chosen] = process.argv.slice(2);
  const known = targets();
  const unknown = chosen.find((target) => !known.includes(target));
  if (!(Number(minutes) > 0) || unknown !== undefined) {
    const wrong = unknown === undefined ? '' : `no target named '${unknown}'\n`;
    throw new SetupError(`${wrong}usage: npm run fuzz -- MINUTES [${known.join(' | ')}]...`);
  }
  const program = setUp();
  const waiting = chosen.length > 0 ? chosen : known;
  const codes = await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      let failed = 0;
      for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
        failed += await fuzz(program(target), target, Number(minutes) * 60);
      }
      return failed;
    }),
  );
  return codes.some((failed) => failed > 0) ? 1 : 0;
});

function targets() {
  const files = readdirSync(join(folder, 'fuzz_targets')).sort();
  return files.map((file) => file.replace(/\.rs$/, ''));
}

/** Installs what is missing, builds the targets and writes their seeds. Returns where a target's program is. */
function setUp() {
  if (ask('rustc', ['--version'], env) === undefined) {
    step('Rust nightly, which libFuzzer needs', () => {
      const args = ['toolchain', 'install', 'nightly', '--profile', 'minimal', '--no-self-update'];
      capture('rustup', args, { env: environment() });
    });
  }
  if (ask('cargo-fuzz', ['--version'], env)?.split(' ')[1] !== CARGO_FUZZ) {
    step(`compiling cargo-fuzz ${CARGO_FUZZ} (1 minute, once per machine)`, () => {
      const args = ['install', 'cargo-fuzz', '--version', CARGO_FUZZ, '--root', cargoFuzz];
      capture('cargo', [...args, '--force', '--locked'], { env: environment() });
    });
  }
  const host = /^host: (.*)$/m.exec(capture('rustc', ['-vV'], { env }))?.[1] ?? '';
  const program = (/** @type {string} */ name) => join(built, host, 'release', name);
  step('fuzz targets', () => capture('cargo', ['fuzz', 'build', '--fuzz-dir', folder], { env }));
  step('seeds', () => capture(program('seeds'), [join(built, 'seeds')], { env }));
  return program;
}

/**
 * Runs one target and prints its line. Returns 1 when it crashed, hung or ran out of memory.
 * @param {string} program
 * @param {string} target
 * @param {number} time seconds
 */
async function fuzz(program, target, time) {
  const [corpus, artifacts] = [join(built, 'corpus', target), join(folder, 'artifacts', target)];
  const logs = join(built, 'logs');
  for (const path of [corpus, artifacts, logs]) {
    mkdirSync(path, { recursive: true });
  }
  const known = new Set(readdirSync(artifacts));
  // The first folder is written to, the others are read.
  const inputs = [corpus, join(folder, 'corpus', target), join(built, 'seeds', target)].filter(existsSync);
  const dictionary = join(folder, 'dictionaries', `${target}.dict`);
  const words = existsSync(dictionary) ? [`-dict=${dictionary}`] : [];
  const limits = [...LIBFUZZER, `-max_total_time=${Math.ceil(time)}`, `-artifact_prefix=${artifacts}/`];
  const log = join(logs, `${target}.log`);
  const code = await ended(program, [...inputs, ...words, ...limits], log);
  const text = readFileSync(log, 'utf8');
  const executions = Number(/^stat::number_of_executed_units: (\d+)/m.exec(text)?.[1] ?? 0);
  const crashes = readdirSync(artifacts).filter((file) => !known.has(file));
  process.stdout.write(
    `${target.padEnd(13)} ${executions.toLocaleString('en')} executions, corpus ${readdirSync(corpus).length}, ` +
      `${crashes.length} crashes\n`,
  );
  for (const file of crashes) {
    process.stdout.write(`  ${relative(root, join(artifacts, file))}\n`);
  }
  if (code !== 0) {
    process.stdout.write(`${text.split('\n').slice(-40).join('\n')}\n  whole log: ${relative(root, log)}\n`);
  }
  return code === 0 ? 0 : 1;
}

/**
 * Runs a program with all its output in a file, and returns its exit code.
 * @param {string} program
 * @param {string[]} args
 * @param {string} log
 * @returns {Promise<number>}
 */
function ended(program, args, log) {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(log);
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    child.on('error', reject);
    child.on('close', (code) => file.end(() => resolve(code ?? 1)));
  });
}
