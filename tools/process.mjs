// Running other programs: in sight (`run`) or, for long installs, behind one line that says how long it took (`step`).

import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a user can act on: printed without a stack. */
export class SetupError extends Error {}

/**
 * Runs a program and returns its standard output; its other output is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function capture(command, args, { cwd = root, env = process.env } = {}) {
  const result = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (result.error) {
    throw new SetupError(`cannot run ${command}: ${result.error.message}`);
  }
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}`);
    throw new SetupError(`\`${[command, ...args].join(' ')}\` failed (${result.signal ?? result.status})`);
  }
  return result.stdout;
}

/**
 * Like `capture`, but `undefined` when the program is missing or fails: for asking what is there.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function ask(command, args, env = process.env) {
  const result = spawnSync(command, args, { cwd: root, env, encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/**
 * Runs a program with its output in sight and returns its exit code.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function run(command, args, env = process.env) {
  const result = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
  if (result.error) {
    throw new SetupError(`cannot run ${command}: ${result.error.message}`);
  }
  return result.status ?? 1;
}

/**
 * Says what is being done, does it, and says how long it took.
 * @template T
 * @param {string} what
 * @param {() => T} work
 */
export function step(what, work) {
  const start = performance.now();
  process.stdout.write(`setup: ${what} ... `);
  try {
    const result = work();
    process.stdout.write(`${seconds(performance.now() - start)}\n`);
    return result;
  } catch (error) {
    process.stdout.write('failed\n');
    throw error;
  }
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * Runs a command-line entry: a SetupError ends it with its text alone, anything else with its stack.
 * @param {() => number | Promise<number>} main
 */
export async function exitWith(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${textOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** @param {unknown} error */
export function textOf(error) {
  if (error instanceof SetupError) {
    return error.message;
  }
  return error instanceof Error ? error.stack : String(error);
}
