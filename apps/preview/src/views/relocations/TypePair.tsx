// The types on both sides of a relocation.
import type { Definition } from '@bpfc/core/slim';
import { useMemo } from 'preact/hooks';
import { engine } from '../../engine/client.js';
import { CSource } from '../../ui/CSource.js';
import { counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { namesIn } from '../../ui/type-links.js';
import { useAnswer } from '../../ui/use-answer.js';
import { href } from '../../workspace/route.js';
import type { Kernel, Program } from '../../workspace/sources.js';
import { askedFor } from './asked-for.js';
import type { Outcome } from './fold.js';

export function TypePair({
  program,
  at,
  kernel,
  expression,
  outcome,
}: {
  program: Program;
  at: number;
  kernel: Kernel;
  expression: string;
  outcome: Outcome | undefined;
}) {
  const question = `${program.source.file} ${at} ${kernel.source.file} ${kernel.key}`;
  const { value, failure } = useAnswer(
    async () => ({ question, types: await engine.relocationTypes(program.source, at, kernel.source) }),
    [question],
  );
  if (failure) return <Problem failure={failure} />;
  if (value?.question !== question) return <p class="pending">Reading the types…</p>;
  const { local, kernel: found, candidates } = value.types;
  // A BTF that was made of many units has some types many times.
  const [first, ...others] = new Map(found.map((type) => [type.definition.text, type])).values();
  const source = ({ id, definition }: (typeof found)[number]) => (
    <Source
      key={id}
      label={`${expression}, type ${id} of the kernel`}
      definition={definition}
      expression={expression}
      kernel={kernel}
    />
  );
  return (
    <div class="type-pair">
      <div>
        <h4>In the program</h4>
        <Source label={`${expression}, in the program`} definition={local} expression={expression} />
      </div>
      <div>
        <h4>In the kernel</h4>
        {first && source(first)}
        {others.length > 0 && (
          <details>
            <summary>{counted(others.length, 'other type')} of that name that it matches</summary>
            {others.map(source)}
          </details>
        )}
        {found.length === 0 && (
          <p class="muted">
            {outcome?.instead?.reason === 'no_type' ? 'It has no type of that name.' : 'None is looked for.'}
          </p>
        )}
        {candidates > found.length && (
          <p class="muted">
            {counted(candidates, 'type')} match; the first {found.length} were compared.
          </p>
        )}
      </div>
    </div>
  );
}

function Source({
  label,
  definition: { text, links },
  expression,
  kernel,
}: {
  label: string;
  definition: Definition;
  expression: string;
  /** Whose types the links lead to: a program's own have no view. */
  kernel?: Kernel;
}) {
  const marked = useMemo(() => askedFor(text, expression), [text, expression]);
  const hrefOf = useMemo(() => {
    const names = namesIn({ text, links });
    return (
      kernel &&
      ((id: number) => href('types', [kernel.key, names.get(id) ?? `#${id}`], { id: id.toString() }))
    );
  }, [text, links, kernel]);
  return <CSource label={label} text={text} links={links} hrefOf={hrefOf} marked={marked} />;
}
