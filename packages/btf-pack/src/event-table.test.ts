import { expect, test } from 'vitest';
import { EventTable, withBigints } from './event-table.js';

/** Without the time. */
const rows = (text: string) => text.split('\n').map((line) => line.replace(/^(TIME {4}|\d\d:\d\d:\d\d)/, ''));

test('numbers to the right, text to the left, the names of the columns once', () => {
  const table = new EventTable(false);
  expect(rows(table.event('events', { pid: 1, ns: 12n, ok: true, comm: 'sh' }))).toEqual([
    '      PID       NS  OK     COMM',
    '        1       12  true   sh',
  ]);
  expect(rows(table.event('events', { pid: 12345678, ns: 0n, ok: false, comm: '' }))).toEqual([
    '  12345678        0  false',
  ]);
});

test('several maps: each event says where it is from', () => {
  const table = new EventTable(true);
  expect(rows(table.event('a', { x: 1 }))).toEqual(['a:', '        X', '        1']);
  expect(rows(table.event('b', { y: 1 }))).toEqual(['b:', '        Y', '        1']);
  expect(rows(table.event('b', { y: 2 }))).toEqual(['        2']);
  expect(rows(table.event('a', { x: 3 }))).toEqual(['a:', '        X', '        3']);
});

test('nested values as JSON, other types than structs as one value', () => {
  const table = new EventTable(false);
  expect(rows(table.event('events', { inner: { a: 1n, b: [2] } }))[1]).toBe('  {"a":"1","b":[2]}');
  expect(rows(new EventTable(false).event('events', 5n))).toEqual(['    VALUE', '        5']);
});

test('what a process calls itself does not steer the terminal', () => {
  const [, row] = rows(new EventTable(false).event('events', { comm: '\x1b[2J\u009b\n\u202eok' }));
  expect(row).toBe('  \\x1b[2J\\x9b\\x0a\\x202eok');
});

test('64-bit integers are strings in JSON', () => {
  expect(JSON.stringify({ a: 1n, b: 2 }, withBigints)).toBe('{"a":"1","b":2}');
});
