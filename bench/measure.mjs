// Taking figures: time in milliseconds, memory in bytes, peers and us in turns.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { SetupError } from '../tools/process.mjs';
import { environment } from '../tools/toolbox.mjs';
import { progress } from './progress.mjs';

/** Milliseconds between two looks at a process's memory. Its peak is read, so only growth in its last moments is missed. */
const LOOK = 2;

/** Ticks per second in proc(5) on every architecture that Node runs on. */
const USER_HZ = 100;

/**
 * All measures once, then again: what disturbs the machine for a while disturbs all of them.
 * @template {string} Name
 * @param {number} runs
 * @param {string} what
 * @param {Record<Name, () => number | Promise<number>>} measures
 * @returns {Promise<Record<Name, number[]>>}
 */
export async function interleave(runs, what, measures) {
  const names = /** @type {Name[]} */ (Object.keys(measures));
  const figures = /** @type {Record<Name, number[]>} */ ({});
  for (const name of names) {
    figures[name] = [];
  }
  for (let run = 1; run <= runs; run++) {
    for (const name of names) {
      progress(`${what}, run ${run} of ${runs}: ${name}`);
      figures[name].push(await measures[name]());
    }
  }
  return figures;
}

/**
 * Milliseconds that `work` takes.
 * @param {() => unknown} work
 */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Milliseconds of all cores that the programs started by `work` took, theirs included, in steps of 10.
 * @param {() => unknown} work
 */
export async function cpuTime(work) {
  const start = childrenTime();
  await work();
  return childrenTime() - start;
}

/** `cutime` and `cstime` of proc(5), in milliseconds: of children that were waited for. */
function childrenTime() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The program's name, in parentheses, is the second field and may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]);
  return (ticks * 1000) / USER_HZ;
}

/**
 * Runs a program to its end and returns the most memory it had resident: one process with all its threads.
 * @param {string} command
 * @param {string[]} args
 */
export async function peakMemory(command, args) {
  const child = spawn(command, args, { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  let peak = 0;
  const ended = once(child, 'close');
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    peak = Math.max(peak, residentPeak(child.pid));
    await pause(LOOK);
  }
  await ended;
  if (child.exitCode !== 0) {
    throw new SetupError(`\`${[command, ...args].join(' ')}\` failed: ${said}`);
  }
  return peak;
}

/**
 * `VmHWM` in bytes; 0 for a process that has ended.
 * @param {number} pid
 */
function residentPeak(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
