// Keys in a grid, after the pattern of WAI-ARIA: https://www.w3.org/WAI/ARIA/apg/patterns/grid/

/** A row of -1 is the head, a column of -1 the rows' own names. */
export interface Cell {
  row: number;
  column: number;
}

/** Where a key leads from a cell; undefined for other keys. */
export function moved(
  { row, column }: Cell,
  { key, ctrlKey, altKey, metaKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>,
  last: Cell,
  page: number,
): Cell | undefined {
  if (altKey || metaKey) return undefined;
  const to = (row: number, column: number): Cell => ({
    row: Math.min(Math.max(row, -1), last.row),
    column: Math.min(Math.max(column, -1), last.column),
  });
  switch (key) {
    case 'ArrowDown':
      return to(row + 1, column);
    case 'ArrowUp':
      return to(row - 1, column);
    case 'ArrowRight':
      return to(row, column + 1);
    case 'ArrowLeft':
      return to(row, column - 1);
    case 'PageDown':
      return to(row + page, column);
    case 'PageUp':
      return to(row - page, column);
    case 'Home':
      return ctrlKey ? to(-1, -1) : to(row, -1);
    case 'End':
      return ctrlKey ? last : to(row, last.column);
    default:
      return undefined;
  }
}
