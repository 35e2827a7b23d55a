import { expect, test } from 'vitest';
import { type Cell, moved } from './grid-keys.js';

const LAST: Cell = { row: 99, column: 9 };
const PAGE = 10;

function press(key: string, from: [number, number], modifiers: { ctrlKey?: boolean; altKey?: boolean } = {}) {
  const event = { key, ctrlKey: false, altKey: false, metaKey: false, ...modifiers };
  const to = moved({ row: from[0], column: from[1] }, event, LAST, PAGE);
  return to && [to.row, to.column];
}

test("arrows lead to the neighbour, the head and the rows' names among them", () => {
  expect(press('ArrowDown', [4, 2])).toEqual([5, 2]);
  expect(press('ArrowUp', [0, 2])).toEqual([-1, 2]);
  expect(press('ArrowLeft', [4, 0])).toEqual([4, -1]);
  expect(press('ArrowRight', [4, 2])).toEqual([4, 3]);
});

test('nothing leads out of the grid', () => {
  expect(press('ArrowUp', [-1, -1])).toEqual([-1, -1]);
  expect(press('ArrowRight', [4, 9])).toEqual([4, 9]);
  expect(press('PageDown', [95, 0])).toEqual([99, 0]);
});

test('Home and End lead to the ends of the row; with Control, of the grid', () => {
  expect(press('Home', [4, 2])).toEqual([4, -1]);
  expect(press('End', [4, 2])).toEqual([4, 9]);
  expect(press('Home', [4, 2], { ctrlKey: true })).toEqual([-1, -1]);
  expect(press('End', [4, 2], { ctrlKey: true })).toEqual([99, 9]);
});

test('keys of the browser and of other things are left alone', () => {
  expect(press('ArrowLeft', [4, 2], { altKey: true })).toBeUndefined();
  expect(press('a', [4, 2])).toBeUndefined();
});
