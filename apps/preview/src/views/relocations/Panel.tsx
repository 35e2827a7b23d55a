// One relocation: where it is asked, what becomes of it, and the types on both sides.
import type { CoreRelocation } from '@bpfc/core/slim';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { counted } from '../../ui/numbers.js';
import { Some } from '../../ui/Some.js';
import { visible } from '../../ui/visible.js';
import type { Kernel, Program } from '../../workspace/sources.js';
import { type Column, countKernels, type Outcome, outcomesOf, type Row } from './fold.js';
import { KernelList } from './KernelList.js';
import { TypePair } from './TypePair.js';
import { Verdict } from './Verdict.js';
import { asks, valueText } from './values.js';
import { meaningOf } from './verdicts.js';
import { columnText, lineOf } from './words.js';

export interface PanelProps {
  program: Program;
  row: Row;
  /** Position of the relocation in the row that is open. */
  at: number;
  columns: readonly Column[];
  /** Key of the kernel whose cell is asked for. */
  kernel: string | undefined;
  /** That kernel and the column it is in, where it has an answer. */
  cell: { kernel: Kernel; column: Column } | undefined;
  hrefOf: (to: { at: number | undefined; kernel: string | undefined }) => string;
  /** Whoever opened it by hand is led here; who follows a link reads from the top. */
  focused: boolean;
  onClose: () => void;
}

export function Panel({ program, row, at, columns, kernel, cell, hrefOf, focused, onClose }: PanelProps) {
  const relocation = program.info.relocations[at] ?? row.relocations[0];
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focused) heading.current?.focus();
  }, [focused, at, cell?.kernel.key]);
  const { source, kind, expression } = relocation;
  const outcome = cell && row.outcomes[columns.indexOf(cell.column)];
  return (
    <section class="panel" aria-labelledby="relocation">
      <div class="row top">
        <h2 id="relocation" ref={heading} tabIndex={-1}>
          <code>{visible(expression)}</code>
        </h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <dl class="facts">
        <Fact name="asks for">
          {asks(kind)} <span class="muted">{kind}</span>
        </Fact>
        <Fact name="source">
          {source ? (
            <>
              <span class="mono">
                {visible(source.file)}:{source.line}:{source.column}
              </span>
              {source.text.trim() !== '' && <pre class="line">{visible(source.text.trim())}</pre>}
            </>
          ) : (
            <span class="muted">the object has no line info</span>
          )}
        </Fact>
        <Fact name="in">
          {visible(relocation.program ?? 'no program')}{' '}
          <span class="muted">
            {visible(relocation.section ?? '')}, byte {relocation.offset}
          </span>
        </Fact>
        {row.positions.length > 1 && (
          <Fact name="also at">
            <Some of={row.relocations}>
              {(shown) => (
                <ul class="chips">
                  {shown.map((other, index) => (
                    <li key={row.positions[index]}>
                      <a
                        href={hrefOf({ at: row.positions[index], kernel: cell?.kernel.key })}
                        aria-current={row.positions[index] === at ? 'true' : undefined}
                      >
                        {visible(lineOf(other) ?? other.section ?? '')}{' '}
                        <span class="muted">byte {other.offset}</span>
                      </a>
                    </li>
                  ))}
                </ul>
              )}
            </Some>
          </Fact>
        )}
      </dl>
      {kernel !== undefined && !cell && (
        <p class="notice">No answer on {visible(kernel)}: it is not among the kernels that were read.</p>
      )}
      {cell && (
        <>
          <h3>On {visible(columnText(cell.column))}</h3>
          {outcome ? <Told outcome={outcome} kind={kind} /> : <p class="muted">No answer.</p>}
          <KernelList kernels={cell.column.kernels} type={typeOf(expression, outcome)} />
          <TypePair
            program={program}
            at={at}
            kernel={cell.kernel}
            expression={expression}
            outcome={outcome}
          />
        </>
      )}
      <h3>{cell ? 'On all kernels' : 'What becomes of it'}</h3>
      <ul class="outcomes">
        {outcomesOf(row, columns).map(({ outcome, columns }) => (
          <li key={JSON.stringify(outcome)}>
            <p class="row">
              <Verdict verdict={outcome.verdict} />
              <Value outcome={outcome} kind={kind} />
              <span class="muted">{counted(countKernels(columns), 'kernel')}</span>
            </p>
            <ul class="ranges">
              {columns.map((column) => (
                <li key={column.key}>
                  <a
                    href={hrefOf({ at, kernel: column.key })}
                    aria-current={column === cell?.column ? 'true' : undefined}
                  >
                    {visible(columnText(column))}
                  </a>{' '}
                  {column.kernels.length > 1 && (
                    <span class="muted">{counted(column.kernels.length, 'kernel')}</span>
                  )}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A verdict with its reasons. */
function Told({ outcome, kind }: { outcome: Outcome; kind: CoreRelocation['kind'] }) {
  const { verdict, code, message, instead } = outcome;
  return (
    <>
      <p class="row told">
        <Verdict verdict={verdict} />
        <Value outcome={outcome} kind={kind} />
      </p>
      <p>{meaningOf(verdict)}</p>
      {code !== null && (
        <p>
          <code class="code">{code}</code> {visible(message ?? '')}
        </p>
      )}
      {instead && (
        <>
          <h4>What the kernel has instead</h4>
          <p>{visible(instead.text)}</p>
          {instead.alike.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th scope="col">alike</th>
                  <th scope="col">type</th>
                  <th scope="col" class="number">
                    offset
                  </th>
                </tr>
              </thead>
              <tbody>
                {instead.alike.map(({ name, type, bitOffset }) => (
                  <tr key={`${name} ${bitOffset}`}>
                    <th scope="row">
                      <code>{visible(name)}</code>
                    </th>
                    <td>{type !== undefined && <code>{visible(type)}</code>}</td>
                    <td class="number">
                      {bitOffset !== undefined &&
                        (bitOffset % 8 === 0
                          ? valueText('field_byte_offset', String(bitOffset / 8))
                          : `bit ${bitOffset}`)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </>
  );
}

/** `1234 bytes when compiled → 1240 bytes here`; one value where it stays. */
function Value({
  outcome: { verdict, old, new: current },
  kind,
}: {
  outcome: Outcome;
  kind: CoreRelocation['kind'];
}) {
  if (old === null && current === null) return null;
  if (old !== null && current !== null && old !== current)
    return (
      <span>
        {valueText(kind, old)} when compiled → <strong>{valueText(kind, current)}</strong> here
      </span>
    );
  if (current === null) return <span>{valueText(kind, old ?? '')} when compiled</span>;
  return (
    <span>
      {valueText(kind, current)}
      {verdict === 'changed' && ', read in another width'}
    </span>
  );
}

/** The kernel's type of the name that is asked for: without the flavor, behind `___`, that libbpf drops. */
function typeOf(expression: string, outcome: Outcome | undefined): string {
  return outcome?.instead?.type ?? expression.replace(/[.:[].*$/s, '').replace(/___.*$/s, '');
}
