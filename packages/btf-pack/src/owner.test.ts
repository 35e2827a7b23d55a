import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { isRunning, OWNER, ownName } from './owner.js';

const [place] = ownName().split('-');

/** Field 22 of proc(5)'s stat, of a process whose name has no spaces. */
const startOf = (pid: number | undefined) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21];

test('a process is named by place, id and start', () => {
  expect(ownName()).toMatch(new RegExp(`^${OWNER}$`));
  expect(ownName()).toBe(`${place}-${process.pid}-${startOf(process.pid)}`);
});

test('this process runs, another that runs does, and one that ended does not', async () => {
  const child = spawn('sleep', ['1000']);
  onTestFinished(() => {
    child.kill();
  });
  await once(child, 'spawn');
  const name = `${place}-${child.pid}-${startOf(child.pid)}`;
  expect([isRunning(ownName()), isRunning(name)]).toEqual([true, true]);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(isRunning(name)).toBe(false);
});

test('one whose id was given out again does not run', () => {
  expect(isRunning(`${place}-${process.pid}-1`)).toBe(false);
});

test('one that ended and that nobody waits for does not run', async () => {
  // What the shell becomes knows nothing of the shell's child.
  const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    parent.kill();
  });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(line);
  const start = startOf(pid);
  while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) await sleep(5);
  expect(isRunning(`${place}-${pid}-${start}`)).toBe(false);
});

test('of one in another place nothing can be told', () => {
  expect(isRunning(`01234567-${process.pid}-1`)).toBeUndefined();
});
