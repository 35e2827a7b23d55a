import { expect, test } from 'vitest';
import { Events } from '../src/events.js';
import { COUNTER } from '../src/messages.js';

function queue() {
  const left = { times: 0 };
  const events = new Events<number>(() => {
    left.times += 1;
  });
  const counters = new Int32Array(events.counters);
  return { events, counters, left };
}

test('events come in order, also to who waits already', async () => {
  const { events } = queue();
  const first = events.next();
  events.push([1, 2], [10, 10]);
  events.push([3], [10]);
  expect([await first, await events.next(), await events.next()].map(({ value }) => value)).toEqual([
    1, 2, 3,
  ]);
});

test('what is taken makes room', async () => {
  const { events, counters } = queue();
  Atomics.add(counters, COUNTER.waiting, 30);
  events.push([1, 2], [10, 20]);
  await events.next();
  expect(counters[COUNTER.waiting]).toBe(20);
  await events.next();
  expect(counters[COUNTER.waiting]).toBe(0);
});

test('lost events are told by where they were lost', () => {
  const { events, counters } = queue();
  expect(events.lost).toEqual({ kernel: 0, queue: 0 });
  counters[COUNTER.lostInKernel] = 3;
  counters[COUNTER.dropped] = -1;
  expect(events.lost).toEqual({ kernel: 3, queue: 0xffff_ffff });
});

test('leaving the loop ends the reading, once', async () => {
  const { events, left } = queue();
  events.push([1, 2], [1, 1]);
  for await (const event of events) {
    expect(event).toBe(1);
    break;
  }
  await events.return();
  expect(left.times).toBe(1);
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test('at the end what waits is still handed out', async () => {
  const { events } = queue();
  events.push([1], [1]);
  events.finish();
  events.push([2], [1]);
  expect(await events.next()).toEqual({ done: false, value: 1 });
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

test('a failure reaches who waits and who comes later', async () => {
  const { events } = queue();
  const waiting = events.next();
  events.finish({ error: new Error('the thread ended') });
  await expect(waiting).rejects.toThrow('the thread ended');
  await expect(events.next()).rejects.toThrow('the thread ended');
});
