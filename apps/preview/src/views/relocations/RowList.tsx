// The matrix where there is no room for one: a row tells on how many kernels it has which verdict, and opens to the ranges.
import { useMemo, useRef } from 'preact/hooks';
import { counted } from '../../ui/numbers.js';
import { rem } from '../../ui/rem.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import { type Column, countKernels, type Row } from './fold.js';
import { linesOf } from './lines.js';
import { RowHead } from './RowHead.js';
import { Verdict } from './Verdict.js';
import { VERDICTS } from './verdicts.js';

/** Height of a row in root ems: what is asked, where, and a line of verdicts. */
const HEIGHT = 5.5;

export function RowList({
  rows,
  columns,
  left,
  hrefOf,
}: {
  rows: readonly Row[];
  columns: readonly Column[];
  /** The row that was open before: it is in sight, and has the focus. */
  left: Row | undefined;
  hrefOf: (row: Row) => string;
}) {
  const lines = useMemo(() => linesOf(rows), [rows]);
  const unfocused = useRef(left);
  const focus = (row: Row, link: HTMLAnchorElement | null) => {
    if (!link || row !== unfocused.current) return;
    unfocused.current = undefined;
    link.focus({ preventScroll: true });
  };
  return (
    <VirtualList
      class="row-list"
      role="list"
      aria-label="Relocations"
      count={lines.length}
      rowHeight={HEIGHT * rem()}
      shown={left && lines.findIndex((line) => 'row' in line && line.row === left)}
    >
      {({ index, style }) => {
        const line = lines[index];
        if (!line) return null;
        return (
          // biome-ignore lint/a11y/useSemanticElements: its place in the list is not that in the document
          <div key={index} role="listitem" style={style}>
            {'row' in line ? (
              <a href={hrefOf(line.row)} ref={(link) => focus(line.row, link)}>
                <RowHead row={line.row} />
                <Counts row={line.row} columns={columns} />
              </a>
            ) : (
              <p>
                <strong>{visible(line.program ?? 'in no program')}</strong>
                <span class="muted">{visible(line.section ?? '')}</span>
                <span class="muted">{counted(line.count, 'row')}</span>
              </p>
            )}
          </div>
        );
      }}
    </VirtualList>
  );
}

/** On how many kernels a row has each verdict. */
function Counts({ row, columns }: { row: Row; columns: readonly Column[] }) {
  return (
    <span class="row counts">
      {VERDICTS.map(({ verdict }) => {
        const kernels = countKernels(columns.filter((_, at) => row.outcomes[at]?.verdict === verdict));
        return (
          kernels > 0 && (
            <Verdict key={verdict} verdict={verdict}>
              {kernels}
            </Verdict>
          )
        );
      })}
    </span>
  );
}
