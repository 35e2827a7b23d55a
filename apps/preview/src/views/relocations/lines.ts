import { byProgram, type Row } from './fold.js';

/** What stands one below the other: rows, and above them the programs that they are of. */
export type Line =
  | { program: string | null; section: string | null; count: number }
  | { row: Row /** In the list of rows. */; index: number };

/** Rows come by program, as of {@link byProgram}. */
export function linesOf(rows: readonly Row[]): Line[] {
  let next = 0;
  return [...byProgram(rows)].flatMap(([program, its]): Line[] => [
    { program, section: its[0]?.relocations[0].section ?? null, count: its.length },
    ...its.map((row) => ({ row, index: next++ })),
  ]);
}
