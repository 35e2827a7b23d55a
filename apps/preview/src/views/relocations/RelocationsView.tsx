// A program's relocations over kernels.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Chooser } from '../../ui/Chooser.js';
import { Nothing } from '../../ui/Nothing.js';
import { count, counted } from '../../ui/numbers.js';
import { route } from '../../workspace/route.js';
import { type Kernel, type Program, programs } from '../../workspace/sources.js';
import { type Answers, useRelocations } from './answers.js';
import { CopyButtons } from './CopyButtons.js';
import { asText, relocationsOf } from './export.js';
import { Filters } from './Filters.js';
import { type Column, foldKernels, foldRelocations, isShown, type Row, unfold } from './fold.js';
import { KernelChoice } from './KernelChoice.js';
import { kernelSetsOf } from './kernel-sets.js';
import { Matrix } from './Matrix.js';
import { Panel } from './Panel.js';
import { goFrom, hrefOfPlace, type Place, placeOfRoute } from './place.js';
import './relocations.css';
import { RowList } from './RowList.js';
import { Legend, SummaryText } from './SummaryText.js';
import { useNarrow } from './use-narrow.js';

export function RelocationsView() {
  const place = placeOfRoute(route.value);
  const all = programs.value;
  const program = place.program === undefined ? all[0] : all.find(({ key }) => key === place.program);
  if (all.length === 0)
    return (
      <Nothing title="Relocations">
        Open an eBPF object (<code>.bpf.o</code>) and kernels' BTFs, or a pack: the page tells what becomes of
        the program's relocations on each kernel.
      </Nothing>
    );
  return (
    <div class="relocations">
      <div class="row heading">
        <h1>Relocations</h1>
        {(all.length > 1 || !program) && (
          <Chooser
            label="of"
            choices={all}
            chosen={program?.key}
            {...(program ? {} : { none: 'no such program is open' })}
            onChoose={(key) =>
              goFrom(place, { program: key, kernel: undefined, at: undefined, over: undefined })
            }
          />
        )}
        {program && all.length === 1 && <span class="program-name">of {program.label}</span>}
      </div>
      {program ? (
        <Against program={program} place={{ ...place, program: program.key }} />
      ) : (
        <p>
          The address names <code>{place.program}</code>, which is not open.
        </p>
      )}
    </div>
  );
}

function Against({ program, place }: { program: Program; place: Place }) {
  const sets = kernelSetsOf(program);
  const chosen = sets.filter(({ key, own }) => place.over?.includes(key) ?? own);
  const kernels = chosen.flatMap((set) => set.kernels);
  const answers = useRelocations(program, kernels);
  const { relocations } = program.info;
  return (
    <>
      <KernelChoice sets={sets} chosen={chosen} onChoose={(over) => goFrom(place, { over })} />
      {relocations.length === 0 ? (
        <p>The program has no CO-RE relocations: it asks nothing of a kernel's types.</p>
      ) : kernels.length === 0 ? (
        <p>
          {counted(relocations.length, 'relocation')}. Open kernels' BTFs
          {sets.length > 0 && ', or choose some above,'} to see what becomes of them there.
        </p>
      ) : (
        <Told program={program} kernels={kernels} answers={answers} place={place} />
      )}
    </>
  );
}

function Told({
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
  const narrow = useNarrow();

  // Where the focus goes: to what was opened by hand, and back to its cell.
  const [focused, setFocused] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const close = () => {
    goFrom(place, { at: undefined, kernel: undefined });
    setFocused(false);
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
    setFocused(true);
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
      hrefOf={(to) => hrefOfPlace({ ...place, kernel: undefined, ...to })}
      focused={focused}
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
      {(columns.length > 0 || !progress) && (
        <SummaryText kernels={kernels} answers={byContent} columns={folded} />
      )}
      {columns.length > 0 && (
        <>
          <Filters
            rows={rows}
            shown={shown.length}
            filter={place.filter}
            onFilter={(filter) => goFrom(place, { filter }, { replace: true })}
          />
          {narrow ? (
            (panel ?? (
              <RowList
                rows={shown}
                columns={columns}
                shown={undefined}
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
            </span>
            <CopyButtons
              texts={{
                text: () => asText(program, relocationsOf(program, kernels, byContent)),
                JSON: () => `${JSON.stringify(relocationsOf(program, kernels, byContent), null, 2)}\n`,
              }}
            />
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
