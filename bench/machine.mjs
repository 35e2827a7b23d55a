// What a figure was measured on: without it, it means nothing on another day.

import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { ask } from '../tools/process.mjs';
import { environment } from '../tools/toolbox.mjs';

export function machine() {
  const env = environment();
  /** @param {string[]} command */
  const firstLine = ([program = '', ...args]) => ask(program, args, env)?.split('\n')[0] ?? null;
  return {
    cpu: cpus()[0]?.model ?? null,
    cores: availableParallelism(),
    /** Bytes. */
    memory: totalmem(),
    /** Processes that ran or waited, over the last 1, 5 and 15 minutes: above the cores, others were measured too. */
    loadAtStart: loadavg(),
    linux: release(),
    node: process.version,
    rustc: firstLine(['rustc', '--version']),
    bpftool: firstLine(['bpftool', 'version']),
    xz: firstLine(['xz', '--version']),
    commit: firstLine(['git', 'rev-parse', 'HEAD']),
    /** Whether the tree is what the commit says. */
    clean: ask('git', ['status', '--porcelain'], env) === '',
  };
}
