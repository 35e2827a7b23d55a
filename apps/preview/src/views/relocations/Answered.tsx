// The answers: in sum, as a matrix, and the relocation that is open.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count, counted } from '../../ui/numbers.js';
import { useNarrow } from '../../ui/use-narrow.js';
import type { Kernel, Program } from '../../workspace/sources.js';
import type { Answers } from './answers.js';
import { CopyButtons } from './CopyButtons.js';
import { asText, relocationsOf } from './export.js';
import { Filters } from './Filters.js';
import { type Column, foldKernels, foldRelocations, isShown, type Row, unfold } from './fold.js';
import { Matrix } from './Matrix.js';
import { Panel } from './Panel.js';
import { goFrom, hrefOfPlace, type Place } from './place.js';
import { RowList } from './RowList.js';
import { Legend, SummaryText } from './SummaryText.js';

/** In root ems: a matrix with less has no room, on a telephone or where text is four times as large. */
const ROOM = 44;

export function Answered({
  program,
  kernels,
  answers: { byContent, progress },
  place,
}: {
  program: Program;
  kernels: readonly Kernel[];
  answers: Answers;
  place: Place;
}) {
  const [unfolded, setUnfolded] = useState<ReadonlySet<string> | 'all'>(new Set());
  const asked = kernels.map(({ source, key }) => `${source.file} ${key}`).join('\n');
  const folded = useMemo(() => foldKernels(kernels, byContent), [asked, byContent]);
  const columns = useMemo(() => unfold(folded, unfolded), [folded, unfolded]);
  const rows = useMemo(() => foldRelocations(program.info.relocations, columns), [program, columns]);
  const { verdicts, differs, text } = place.filter;
  const shown = useMemo(
    () => rows.filter((row) => isShown(row, place.filter)),
    [rows, [...verdicts].join(), differs, text],
  );
  const open = openOf(place, rows, columns);
  const narrow = useNarrow(ROOM);
  // Without room for both, what is open stands in place of the rest.
  const instead = narrow && open !== undefined;

  // What the address opened at first is read from the top; what is opened then gets the focus, and its cell has it back.
  const opened = `${place.at} ${place.kernel}`;
  const arrival = useRef<string | undefined>(opened);
  if (arrival.current !== opened) arrival.current = undefined;
  const root = useRef<HTMLDivElement>(null);
  const left = useRef<number | undefined>(undefined);
  const close = () => {
    left.current = place.at;
    goFrom(place, { at: undefined, kernel: undefined });
    root.current?.querySelector<HTMLElement>('[role=grid] [tabindex="0"]')?.focus({ preventScroll: true });
  };
  useEffect(() => {
    if (!open) return;
    const onKeyDown = ({ key, defaultPrevented }: KeyboardEvent) => {
      if (key === 'Escape' && !defaultPrevented) close();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
  const onOpen = ({ positions: [at] }: Row, column: Column | undefined) => {
    goFrom(place, { at, kernel: column?.key });
  };
  const onRange = ({ range }: Column) => {
    const ranges = unfolded === 'all' ? new Set(folded.map((column) => column.range)) : new Set(unfolded);
    if (!ranges.delete(range)) ranges.add(range);
    setUnfolded(ranges);
  };
  const folds = folded.length < columns.length || folded.some(({ kernels }) => kernels.length > 1);
  const panel = open && (
    <Panel
      program={program}
      columns={columns}
      {...open}
      kernel={place.kernel}
      hrefOf={(to) => hrefOfPlace({ ...place, ...to })}
      focused={arrival.current === undefined}
      onClose={close}
    />
  );
  return (
    <>
      {progress && (
        <p class="row progress">
          <progress max={progress.total} value={progress.done} aria-label="BTFs read" />
          <span class="muted">
            {count(progress.done)} of {counted(progress.total, 'different BTF')}
          </span>
        </p>
      )}
      {(columns.length > 0 || !progress) && !instead && (
        <SummaryText kernels={kernels} answers={byContent} columns={folded} pending={progress !== null} />
      )}
      {columns.length > 0 && (
        <>
          {!instead && (
            <Filters
              rows={rows}
              shown={shown.length}
              filter={place.filter}
              onFilter={(filter) => goFrom(place, { filter }, { replace: true })}
            />
          )}
          {narrow ? (
            (panel ?? (
              <RowList
                rows={shown}
                columns={columns}
                left={rows.find(({ positions }) => positions.some((at) => at === left.current))}
                hrefOf={({ positions: [at] }) => hrefOfPlace({ ...place, kernel: undefined, at })}
              />
            ))
          ) : (
            <div class={panel ? 'split' : ''} ref={root}>
              <Matrix
                rows={shown}
                columns={columns}
                open={
                  open && {
                    row: shown.indexOf(open.row),
                    column: open.cell ? columns.indexOf(open.cell.column) : -1,
                  }
                }
                onOpen={onOpen}
                onRange={onRange}
              />
              {panel}
            </div>
          )}
          <div class="row below">
            <Legend />
            <span class="actions">
              {folds && !narrow && (
                <button
                  type="button"
                  aria-pressed={unfolded === 'all'}
                  onClick={() => setUnfolded(unfolded === 'all' ? new Set() : 'all')}
                >
                  Unfold all ranges
                </button>
              )}
              <CopyButtons
                texts={{
                  text: () => asText(program, relocationsOf(program, kernels, byContent)),
                  JSON: () => `${JSON.stringify(relocationsOf(program, kernels, byContent), null, 2)}\n`,
                }}
              />
            </span>
          </div>
        </>
      )}
    </>
  );
}

/** What the address opens; undefined where it names a relocation that the program has not. */
function openOf({ at, kernel: key }: Place, rows: readonly Row[], columns: readonly Column[]) {
  const row = at === undefined ? undefined : rows.find(({ positions }) => positions.includes(at));
  if (at === undefined || !row) return undefined;
  for (const column of columns) {
    const kernel = column.kernels.find((kernel) => kernel.key === key);
    if (kernel) return { row, at, cell: { kernel, column } };
  }
  return { row, at, cell: undefined };
}
