// What the matrix says as a whole, and the kernels that it says nothing of.
import { counted } from '../../ui/numbers.js';
import { Some } from '../../ui/Some.js';
import { visible } from '../../ui/visible.js';
import type { Kernel } from '../../workspace/sources.js';
import { type Column, type KernelAnswer, summarise } from './fold.js';
import { VERDICTS } from './verdicts.js';

/** A kernel that was not read, or on which libbpf refuses the object. */
interface Trouble {
  code: string;
  message: string;
  read: boolean;
  kernels: Kernel[];
}

export function SummaryText({
  kernels,
  answers,
  columns,
  pending,
}: {
  kernels: readonly Kernel[];
  answers: ReadonlyMap<string, KernelAnswer>;
  columns: readonly Column[];
  /** Further answers are on their way. */
  pending: boolean;
}) {
  const troubles = troublesOf(kernels, answers);
  const unread = troubles.filter(({ read }) => !read).reduce((sum, { kernels }) => sum + kernels.length, 0);
  const summary = summarise(columns, unread);
  const told = [
    [summary.having('changed'), 'other offsets, sizes or values'],
    [summary.having('guarded'), 'guards answered with 0'],
    [summary.having('poison'), 'poisoned instructions'],
  ] as const;
  return (
    <>
      <p class="summary" role="status">
        <strong>
          relocates without refusal on {summary.relocates} of {counted(summary.kernels, 'kernel')}
          {pending && ' so far'}
        </strong>
        {told
          .filter(([count]) => count > 0)
          .map(([count, words]) => `; ${words} on ${count}`)
          .join('')}
        .
      </p>
      <p class="muted">
        To relocate is one step. Whether the kernel's verifier then takes the program, and has its helpers and
        hooks, is a further question.
      </p>
      {troubles.length > 0 && (
        <ul class="troubles" aria-label="Kernels with errors">
          {troubles.map(({ code, message, read, kernels }) => (
            <li key={`${code} ${message}`}>
              <details>
                <summary>
                  <code class="code">{code}</code> {counted(kernels.length, 'kernel')}{' '}
                  {read ? 'refused' : 'not in the matrix'}: {visible(message)}
                </summary>
                <Some of={kernels}>
                  {(shown) => (
                    <ul>
                      {shown.map(({ key, label }) => (
                        <li key={key}>{visible(label)}</li>
                      ))}
                    </ul>
                  )}
                </Some>
              </details>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function troublesOf(kernels: readonly Kernel[], answers: ReadonlyMap<string, KernelAnswer>): Trouble[] {
  const troubles = new Map<string, Trouble>();
  for (const kernel of kernels) {
    const answer = answers.get(kernel.content);
    if (!answer || answer.code === null) continue;
    const { code, read } = answer;
    const message = answer.message ?? '';
    const key = `${code} ${message}`;
    const known = troubles.get(key);
    if (known) known.kernels.push(kernel);
    else troubles.set(key, { code, message, read, kernels: [kernel] });
  }
  return [...troubles.values()];
}

/** Each verdict with what it says. */
export function Legend() {
  return (
    <details class="legend">
      <summary>What the verdicts mean</summary>
      <dl>
        {VERDICTS.map(({ verdict, symbol, meaning }) => (
          <div key={verdict}>
            <dt class={`tag ${verdict}`}>
              <span aria-hidden="true">{symbol}</span> {verdict}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
