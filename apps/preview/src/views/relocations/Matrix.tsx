// Relocations against kernels, as a grid: only the cells in sight exist.
import { defaultRangeExtractor } from '@tanstack/virtual-core';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { counted } from '../../ui/numbers.js';
import { rem } from '../../ui/rem.js';
import { useVirtualizer } from '../../ui/use-virtualizer.js';
import { visible } from '../../ui/visible.js';
import type { Column, Outcome, Row } from './fold.js';
import { type Cell, moved } from './grid-keys.js';
import { linesOf } from './lines.js';
import { RowHead } from './RowHead.js';
import { Verdict } from './Verdict.js';
import { columnText, distributionOf, releasesOf } from './words.js';

/** Lines of the grid, in root ems. */
const SIZE = { head: 5.5, row: 3, column: 11.5, first: 24, narrowFirst: 16 };

/** Below this width of the grid, in root ems, access and kernel share the width more evenly. */
const NARROW = 48;

export interface MatrixProps {
  rows: readonly Row[];
  columns: readonly Column[];
  /** The cell that is open: positions in rows and columns; -1 for all of a row. */
  open: Cell | undefined;
  onOpen: (row: Row, column: Column | undefined) => void;
  /** Asks for the kernels of a range one by one, or together again. */
  onRange: (column: Column) => void;
}

export function Matrix({ rows, columns, open, onOpen, onRange }: MatrixProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const em = useMemo(rem, []);
  const lines = useMemo(() => linesOf(rows), [rows]);
  const openLine = open ? lines.findIndex((line) => 'row' in line && line.index === open.row) : -1;
  // Row -1 is the head, column -1 the relocations themselves.
  const [focus, setFocus] = useState<Cell>({ row: -1, column: -1 });
  const last = { row: lines.length - 1, column: columns.length - 1 };
  const current = { row: Math.min(focus.row, last.row), column: Math.min(focus.column, last.column) };
  const wide = (scroller.current?.clientWidth ?? innerWidth) >= NARROW * em;
  const first = (wide ? SIZE.first : SIZE.narrowFirst) * em;
  const head = SIZE.head * em;
  const down = useVirtualizer(scroller, {
    count: lines.length,
    size: SIZE.row * em,
    overscan: 6,
    paddingStart: head,
    scrollPaddingStart: head,
    rangeExtractor: (range) => withCurrent(defaultRangeExtractor(range), current.row),
  });
  const across = useVirtualizer(scroller, {
    count: columns.length,
    size: SIZE.column * em,
    overscan: 2,
    horizontal: true,
    paddingStart: first,
    scrollPaddingStart: first,
    rangeExtractor: (range) => withCurrent(defaultRangeExtractor(range), current.column),
  });

  const show = ({ row, column }: Cell) => {
    if (row >= 0) down.scrollToIndex(row, { align: 'auto' });
    if (column >= 0) across.scrollToIndex(column, { align: 'auto' });
  };
  // An open cell is where keys go on from, and in sight.
  useEffect(() => {
    if (!open || openLine < 0) return;
    setFocus({ row: openLine, column: open.column });
  }, [openLine, open?.column]);
  const width = across.scrollRect?.width;
  useEffect(() => {
    // Also when what it opened takes its room.
    if (open && openLine >= 0) show({ row: openLine, column: open.column });
  }, [openLine, open?.column, width]);

  // The element of a cell exists once it is drawn: keys that moved there focus it then.
  const moves = useRef(false);
  useLayoutEffect(() => {
    if (!moves.current) return;
    moves.current = false;
    scroller.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  });

  const act = ({ row, column }: Cell) => {
    const line = lines[row];
    const its = columns[column];
    if (line && 'row' in line) onOpen(line.row, its);
    else if (row < 0 && its) onRange(its);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(
      1,
      Math.floor(((scroller.current?.clientHeight ?? 0) - head) / (SIZE.row * em)) - 1,
    );
    const next = moved(current, event, last, page);
    if (next) {
      moves.current = true;
      setFocus(next);
      show(next);
    } else if (event.key === 'Enter' || event.key === ' ') act(current);
    else return;
    event.preventDefault();
  };
  /** What every cell has. */
  const at = (row: number, column: number, isOpen?: boolean) => ({
    tabIndex: row === current.row && column === current.column ? 0 : -1,
    'aria-colindex': column + 2,
    'aria-selected': isOpen,
    onClick: () => {
      setFocus({ row, column });
      act({ row, column });
    },
  });

  const shown = across.getVirtualItems();
  return (
    <div class="matrix" ref={scroller}>
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table that keys go through
        role="grid"
        aria-label="Relocations and kernels"
        aria-rowcount={lines.length + 1}
        aria-colcount={columns.length + 1}
        style={{ width: `${across.getTotalSize()}px`, height: `${down.getTotalSize()}px` }}
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr aria-rowindex={1} style={{ height: `${head}px` }}>
            <th scope="col" class="corner" style={{ width: `${first}px` }} {...at(-1, -1)}>
              {counted(rows.length, 'row')}
              <span class="muted">{counted(columns.length, 'range')} of kernels</span>
            </th>
            {shown.map(({ index, start, size }) => {
              const column = columns[index];
              return (
                column && (
                  <th
                    key={column.key}
                    scope="col"
                    style={{ left: `${start}px`, width: `${size}px` }}
                    title={visible([columnText(column), column.answer.message].filter(Boolean).join(': '))}
                    {...at(-1, index)}
                  >
                    <ColumnHead column={column} />
                  </th>
                )
              );
            })}
          </tr>
        </thead>
        <tbody>
          {down.getVirtualItems().map(({ index, start, size }) => {
            const line = lines[index];
            if (!line) return null;
            const place = { top: `${start}px`, height: `${size}px` };
            if (!('row' in line))
              return (
                <tr key={`program ${line.program}`} class="program" aria-rowindex={index + 2} style={place}>
                  <th
                    scope="rowgroup"
                    aria-colspan={columns.length + 1}
                    {...at(index, index === current.row ? current.column : -1)}
                    aria-colindex={1}
                  >
                    <strong>{visible(line.program ?? 'in no program')}</strong>{' '}
                    <span class="muted">
                      {visible(line.section ?? '')} · {counted(line.count, 'row')}
                    </span>
                  </th>
                </tr>
              );
            const { row } = line;
            const isOpen = open?.row === line.index;
            return (
              <tr key={row.positions[0]} aria-rowindex={index + 2} style={place}>
                <th scope="row" style={{ width: `${first}px` }} {...at(index, -1, isOpen && open.column < 0)}>
                  <RowHead row={row} />
                </th>
                {shown.map(({ index: column, start, size }) => (
                  <td
                    key={columns[column]?.key}
                    style={{ left: `${start}px`, width: `${size}px` }}
                    {...at(index, column, isOpen && open.column === column)}
                  >
                    <OutcomeCell outcome={row.outcomes[column]} />
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function OutcomeCell({ outcome }: { outcome: Outcome | undefined }) {
  if (!outcome) return null;
  const { verdict, old, new: current } = outcome;
  return <Verdict verdict={verdict}>{verdict === 'changed' && current !== old && current}</Verdict>;
}

/** What has the focus stays, wherever the reader scrolls to. */
function withCurrent(indexes: number[], current: number): number[] {
  if (current < 0 || indexes.includes(current)) return indexes;
  return [...indexes, current].sort((a, b) => a - b);
}

function ColumnHead({ column }: { column: Column }) {
  const releases = releasesOf(column);
  const [{ pack, key }] = column.kernels;
  const told = [
    ...(column.kernels.length > 1 ? [counted(column.kernels.length, 'kernel')] : []),
    ...(column.kernels.length === 1 && key !== column.range ? ['of a range'] : []),
    ...(pack ? ['in a pack'] : []),
  ];
  return (
    <>
      <span class="distribution">{visible(distributionOf(column))}</span>
      {releases.map((release, at) => (
        <span key={release} class="release mono">
          {at > 0 && '… '}
          {visible(release)}
        </span>
      ))}
      {told.length > 0 && <span class="muted">{told.join(' ')}</span>}
      {column.answer.code !== null && (
        <span class="tag error">
          <span aria-hidden="true">✕</span> refused
        </span>
      )}
    </>
  );
}
