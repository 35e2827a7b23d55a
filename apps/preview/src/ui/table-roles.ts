// Roles of tables whose rows are those of a VirtualList: they lie where they are put, as a `table`'s would not.
// Spread, since an element's own role would be asked to be an element of HTML.

const role = <Role extends string>(role: Role) => ({ role }) as const;

export const ROW_GROUP = role('rowgroup');
export const CELL = role('cell');
export const GRID_CELL = role('gridcell');
export const COLUMN_HEADER = role('columnheader');
export const ROW_HEADER = role('rowheader');

/** A row by its place among all, the head's row being 1. */
export const rowAt = (place: number) => ({ role: 'row', 'aria-rowindex': place }) as const;

/** One of a table that unfolds. `level` is 1 for the outermost; `open` undefined for what has nothing below it. */
export const treeRowAt = (place: number, level: number, open: boolean | undefined, selected: boolean) =>
  ({ ...rowAt(place), 'aria-level': level, 'aria-expanded': open, 'aria-selected': selected }) as const;
