// The members of a type in two kernels.
import { offset } from '../../ui/numbers.js';
import { rem } from '../../ui/rem.js';
import * as roles from '../../ui/table-roles.js';
import { useNarrow } from '../../ui/use-narrow.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import type { Cell, Change, MergedRow } from './merge.js';
import { sizeOf } from './part-words.js';

/** Each change with its symbol, the one that says most first. */
export const CHANGES: readonly { change: Change; symbol: string }[] = [
  { change: 'added', symbol: '+' },
  { change: 'removed', symbol: '−' },
  { change: 'retyped', symbol: '≠' },
  { change: 'renumbered', symbol: '#' },
  { change: 'moved', symbol: '↕' },
];

export function ChangeTag({ change }: { change: Change }) {
  return (
    <span class={`tag ${change}`}>
      <span aria-hidden="true">{CHANGES.find((it) => it.change === change)?.symbol}</span> {change}
    </span>
  );
}

/** Of a row, in root ems; on narrow pages old and new are below each other. */
const ROW = 2;
const NARROW_ROW = 6.5;
/** Height of the whole, in rows. */
const SEEN = 20;
const NARROW_SEEN = 6;

const HEAD = [
  { name: 'change' },
  { name: 'member' },
  { name: 'old offset', of: 'number' },
  { name: 'size', of: 'number' },
  { name: 'old type' },
  { name: 'new offset', of: 'number' },
  { name: 'size', of: 'number' },
  { name: 'new type' },
];

export function MergedTable({ label, rows }: { label: string; rows: readonly MergedRow[] }) {
  const narrow = useNarrow();
  const height = (narrow ? NARROW_ROW : ROW) * rem();
  return (
    // biome-ignore lint/a11y/useSemanticElements: its rows are put where they lie
    <div class="merged" role="table" aria-label={label} aria-rowcount={rows.length + 1}>
      <div {...roles.ROW_GROUP} class="head">
        <div {...roles.rowAt(1)} class="merged-row">
          {HEAD.map(({ name, of }, at) => (
            <span key={at} {...roles.COLUMN_HEADER} class={of}>
              {name}
            </span>
          ))}
        </div>
      </div>
      <VirtualList
        {...roles.ROW_GROUP}
        tabIndex={0}
        aria-label={label}
        count={rows.length}
        rowHeight={height}
        style={{ height: `${height * Math.min(rows.length, narrow ? NARROW_SEEN : SEEN)}px` }}
      >
        {({ index, style }) => {
          const row = rows[index];
          return (
            row && (
              <div
                key={index}
                {...roles.rowAt(index + 2)}
                class={`merged-row ${row.changes[0] ?? ''}`}
                style={style}
              >
                <Cells row={row} />
              </div>
            )
          );
        }}
      </VirtualList>
    </div>
  );
}

function Cells({ row: { name, changes, old, current } }: { row: MergedRow }) {
  return (
    <>
      <span {...roles.CELL} class="changes">
        {changes.length === 0 ? (
          <span class="muted">equal</span>
        ) : (
          changes.map((change) => <ChangeTag key={change} change={change} />)
        )}
      </span>
      <span {...roles.ROW_HEADER} class="name mono" title={visible(name)}>
        <bdi>{visible(name)}</bdi>
      </span>
      <Version side="old" cell={old} other={current} />
      <Version side="new" cell={current} other={old} />
    </>
  );
}

function Version({ side, cell, other }: { side: string; cell: Cell | null; other: Cell | null }) {
  const differs = (is: (cell: Cell) => unknown) => (cell && other && is(cell) !== is(other) ? 'differs' : '');
  return (
    <>
      <span {...roles.CELL} class={`number offset ${side} ${differs(({ bitOffset }) => bitOffset)}`}>
        {cell && cell.bitOffset !== null && offset(cell.bitOffset)}
      </span>
      <span {...roles.CELL} class={`number size ${side} ${differs(({ bitSize }) => bitSize)}`}>
        {cell && cell.bitSize !== null && sizeOf({ bitSize: cell.bitSize, bitfield: cell.bitfield })}
      </span>
      <span
        {...roles.CELL}
        class={`of mono ${side} ${differs(({ text }) => text)}`}
        title={visible(cell?.text ?? '')}
      >
        {visible(cell?.text ?? '')}
      </span>
    </>
  );
}
