// Every check of the repository, one after the other, to the end; then one line over all runners.
//
//   node tools/test.mjs [--full] [lint | rust | typescript | fixtures | vm | interop]...
//
// interop is run only where it is named: it compiles for minutes. --full lifts the sampling of the heavy tests (they read BPFC_FULL).

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { targetFolder } from './cargo.mjs';
import { countsOfCargo, countsOfVitest, sum, withExitCode, withSkips } from './counts.mjs';
import { aya, setUpInterop } from './interop.mjs';
import { capture, root, SetupError, seconds, textOf } from './process.mjs';
import { setUp } from './setup.mjs';
import { environment } from './toolbox.mjs';
import { setUpMachine } from './vm.mjs';

/** @typedef {import('./counts.mjs').Counts} Counts */
/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} group
 * @property {string[]} command
 * @property {string} [cwd]
 * @property {(output: string) => Counts} [count] without it, the exit code counts as one test
 */

const scratch = mkdtempSync(join(tmpdir(), 'bpfc-test-'));

/** @type {Part[]} */
const lints = [
  { name: 'rustfmt', group: 'lint', command: ['cargo', 'fmt', '--all', '--check'] },
  // Workspaces of their own.
  ...[join('examples', 'rust'), join('tests', 'interop', 'aya')].map((folder) => ({
    name: `rustfmt ${folder}`,
    group: 'lint',
    command: ['cargo', 'fmt', '--manifest-path', join(folder, 'Cargo.toml'), '--check'],
  })),
  {
    name: 'clippy',
    group: 'lint',
    command: [
      'cargo',
      'clippy',
      '--quiet',
      '--locked',
      '--workspace',
      '--all-targets',
      '--',
      '-D',
      'warnings',
    ],
  },
  { name: 'biome', group: 'lint', command: ['biome', 'check', '.'] },
  ...[join('tests', 'cilium'), join('examples', 'wasi-go')].map((folder) => ({
    name: `go vet ${folder}`,
    group: 'lint',
    command: ['go', 'vet', './...'],
    cwd: join(root, folder),
  })),
  { name: 'tools: types', group: 'lint', command: ['tsc', '-p', 'tools'] },
  { name: 'bench: types', group: 'lint', command: ['tsc', '-p', 'bench'] },
];

/** @type {Part} */
const cargoTest = {
  name: 'cargo test',
  group: 'rust',
  command: ['cargo', 'test', '--locked', '--workspace', '--no-fail-fast'],
  count: countsOfCargo,
};

/**
 * @param {string} name
 * @param {string} cwd
 * @param {string} group
 * @returns {Part}
 */
function vitest(name, cwd, group = 'typescript') {
  const report = join(scratch, `${name.replaceAll(/\W/g, '-')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return {
    name: `${name}: tests`,
    group,
    command: ['vitest', 'run', ...reporters],
    cwd,
    count: () => countsOfVitest(readFileSync(report, 'utf8')),
  };
}

/**
 * A package's own scripts: `typecheck`, `test` (vitest) and `check` (the fixtures are what their sources give).
 * @returns {Part[]}
 */
function packageParts() {
  const listed = JSON.parse(capture('pnpm', ['ls', '-r', '--depth', '-1', '--json'], { env: environment() }));
  return listed
    .filter((/** @type {{ path: string }} */ { path }) => path !== root)
    .flatMap((/** @type {{ path: string }} */ { path: cwd }) => {
      const { name, scripts = {} } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
      /** @type {Part[]} */
      const parts = [];
      if (scripts.typecheck) {
        parts.push({ name: `${name}: types`, group: 'lint', command: ['pnpm', 'run', 'typecheck'], cwd });
      }
      if (scripts.test) {
        parts.push(vitest(name, cwd));
      }
      if (scripts.check) {
        parts.push({ name: `${name}: check`, group: 'fixtures', command: ['pnpm', 'run', 'check'], cwd });
      }
      return parts;
    });
}

/**
 * Others' programs on what is made here.
 * @returns {Part[]}
 */
function interopParts() {
  setUpInterop();
  return [
    vitest('tests/interop', join(root, 'tests', 'interop'), 'interop'),
    {
      name: 'tests/interop/aya',
      group: 'interop',
      command: ['cargo', 'test', '--locked', '--target-dir', join(targetFolder(), 'interop')],
      cwd: aya,
      count: countsOfCargo,
    },
  ];
}

/**
 * Runs one part with its output in sight.
 * @param {Part} part
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Counts>}
 */
async function runPart({ name, command, cwd = root, count }, env) {
  process.stdout.write(`\n=== ${name}: ${command.slice(0, 3).join(' ')}\n`);
  const child = spawn(command[0] ?? '', command.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  /** @type {Buffer[]} */
  const output = [];
  child.stdout.on('data', (chunk) => {
    output.push(chunk);
    process.stdout.write(chunk);
  });
  const exitCode = await new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`cannot run ${command[0]}: ${error.message}\n`);
      resolve(127);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
  if (count === undefined) {
    return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0, unable: 0 };
  }
  try {
    const counted = count(Buffer.concat(output).toString('utf8'));
    return withSkips(withExitCode(counted, exitCode), Boolean(env.BPFC_ARCHIVE));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, unable: 0 }; // vitest ended before it wrote its report
  }
}

/** @param {string[]} args */
async function main(args) {
  const groups = args.filter((arg) => arg !== '--full');
  const known = ['lint', 'rust', 'typescript', 'fixtures', 'vm', 'interop'];
  const unknown = groups.find((group) => !known.includes(group));
  if (unknown !== undefined) {
    throw new SetupError(`no tests named '${unknown}': ${known.join(', ')}, and --full`);
  }
  setUp('test');
  const env = environment();
  if (args.includes('--full')) {
    env.BPFC_FULL = '1';
  }
  if (!process.stdout.isTTY) {
    env.NO_COLOR = '1';
  }
  const folders = ['tools', 'bench'].map((name) => vitest(name, join(root, name)));
  const chosen = (/** @type {string} */ group) => groups.length === 0 || groups.includes(group);
  const noMachine = chosen('vm') ? setUpMachine() : undefined;
  const machine = noMachine === undefined ? [vitest('tests/vm', join(root, 'tests', 'vm'), 'vm')] : [];
  const interop = groups.includes('interop') ? interopParts() : [];
  const parts = [...lints, cargoTest, ...folders, ...packageParts(), ...machine, ...interop];
  const results = [];
  for (const part of parts.filter(({ group }) => chosen(group))) {
    const start = performance.now();
    const counts = await runPart(part, env);
    results.push({ name: part.name, counts, time: performance.now() - start });
  }
  process.stdout.write('\n');
  for (const { name, counts, time } of results) {
    const notRun = counts.skipped + counts.unable;
    const skipped = notRun > 0 ? `, ${notRun} skipped` : '';
    process.stdout.write(
      `${name.padEnd(24)} ${seconds(time).padStart(8)}  ${counts.passed} ok, ${counts.failed} not ok${skipped}\n`,
    );
  }
  if (noMachine !== undefined) {
    process.stdout.write(`tests/vm skipped: ${noMachine}\n`);
  }
  return sum(results.map(({ counts }) => counts));
}

let total = { passed: 0, failed: 1, skipped: 0, unable: 0 };
try {
  total = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${textOf(error)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
