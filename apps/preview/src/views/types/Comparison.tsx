// A type of two kernels: what differs, and both in C.
import { useMemo } from 'preact/hooks';
import { engine } from '../../engine/client.js';
import type { Compared, ComparedType } from '../../engine/engine.js';
import { placeOf } from '../../engine/source.js';
import { CSource } from '../../ui/CSource.js';
import type { Mark } from '../../ui/c-pieces.js';
import { count, counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { namesIn } from '../../ui/type-links.js';
import { useAnswer } from '../../ui/use-answer.js';
import { visible } from '../../ui/visible.js';
import { askedFor } from '../relocations/asked-for.js';
import { CHANGES, ChangeTag, MergedTable } from './MergedTable.js';
import { countChanges, type MergedRow, merge } from './merge.js';
import { goTo, hrefOfPlace, hrefOfType, type Place } from './place.js';
import type { TypeSource } from './type-sources.js';

export interface ComparisonProps {
  old: TypeSource;
  current: TypeSource;
  words: string;
  place: Place;
}

export function Comparison({ old, current, words, place }: ComparisonProps) {
  const { value, failure } = useAnswer(
    async () => ({ old, current, words, compared: await engine.compare(old.source, current.source, words) }),
    [placeOf(old.source), placeOf(current.source), words],
  );
  if (failure) return <Problem failure={failure} />;
  if (!value) return <p class="pending">Comparing…</p>;
  return <Told {...value} place={place} />;
}

function Told({ old, current, words, compared, place }: ComparisonProps & { compared: Compared }) {
  const rows = useMemo(() => merge(compared), [compared]);
  const differing = useMemo(() => rows.filter(({ changes }) => changes.length > 0), [rows]);
  const counts = countChanges(rows);
  const { difference } = compared;
  const isBoth = compared.old !== null && compared.current !== null;
  const shown = place.all || !isBoth ? rows : differing;
  return (
    <article class="type comparison" aria-labelledby="type">
      <h2 id="type">
        <code>
          <bdi>{visible(words)}</bdi>
        </code>
      </h2>
      <dl class="sides">
        <Side name="old" source={old} type={compared.old} other={compared.current} />
        <Side name="new" source={current} type={compared.current} other={compared.old} />
      </dl>
      <p class="row" role="status">
        {difference === null ? (
          isBoth ? (
            'Nothing differs.'
          ) : (
            'Neither has a type of that name.'
          )
        ) : (
          <>
            {!isBoth && <ChangeTag change={difference.change === 'added' ? 'added' : 'removed'} />}
            {isBoth && counts.size === 0 && 'Their sizes differ, their members do not.'}
            {CHANGES.filter(({ change }) => isBoth && counts.has(change)).map(({ change }) => (
              <span key={change}>
                {count(counts.get(change) ?? 0)} <ChangeTag change={change} />
              </span>
            ))}
          </>
        )}
        {isBoth && rows.length > differing.length && (
          <span class="muted">{counted(rows.length - differing.length, 'row')} equal</span>
        )}
      </p>
      {isBoth && rows.length > differing.length && (
        <label class="all">
          <input
            type="checkbox"
            checked={place.all}
            onChange={({ currentTarget }) => goTo({ all: currentTarget.checked }, { replace: true })}
          />{' '}
          also what is equal
        </label>
      )}
      {shown.length > 0 && <MergedTable label={`${words} in both`} rows={shown} />}
      <div class="pair">
        <InC name="old" source={old} type={compared.old} rows={differing} words={words} place={place} />
        <InC
          name="new"
          source={current}
          type={compared.current}
          rows={differing}
          words={words}
          place={place}
        />
      </div>
    </article>
  );
}

type SideName = 'old' | 'new';

function Side({
  name,
  source,
  type,
  other,
}: {
  name: SideName;
  source: TypeSource;
  type: ComparedType | null;
  other: ComparedType | null;
}) {
  const changed = type && other && type.size !== other.size;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{visible(source.label)}</bdi>{' '}
        <span class={changed ? 'changed' : 'muted'}>
          {type === null ? 'does not have it' : type.size === null ? type.kind : counted(type.size, 'byte')}
        </span>
      </dd>
    </div>
  );
}

function InC({
  name,
  source,
  type,
  rows,
  words,
  place,
}: {
  name: SideName;
  source: TypeSource;
  type: ComparedType | null;
  rows: readonly MergedRow[];
  words: string;
  place: Place;
}) {
  const marked = useMemo(() => (type ? marksOf(type.definition.text, rows, name) : []), [type, rows, name]);
  if (!type) return <div />;
  const { definition, id } = type;
  const names = namesIn(definition);
  const own: Place = { ...place, source: source.key, beside: undefined, all: false, open: [] };
  return (
    <section aria-labelledby={`in-c-${name}`}>
      <h3 id={`in-c-${name}`}>
        {name === 'old' ? 'Old' : 'New'}, in C <a href={hrefOfPlace({ ...own, words, id })}>alone</a>
      </h3>
      <CSource
        label={`${words} of ${source.label}`}
        text={definition.text}
        links={definition.links}
        marked={marked}
        hrefOf={(id) => hrefOfType(place, names.get(id) ?? `#${id}`)}
      />
    </section>
  );
}

/** Rows whose place in the text is looked for: each takes a pass over it. No real type has as many that differ. */
const MOST_MARKED = 2000;

/** Where the text declares what differs. */
function marksOf(text: string, rows: readonly MergedRow[], side: SideName): Mark[] {
  const differing = rows.filter(({ changes }) => changes.length > 0).slice(0, MOST_MARKED);
  const marks = differing.flatMap(({ name, changes }): Mark[] => {
    const told = CHANGES.find(({ change }) => changes.includes(change));
    const isHere = side === 'old' ? !changes.includes('added') : !changes.includes('removed');
    if (!told || !isHere || name === '') return [];
    const [place] = askedFor(text, `.${name}`);
    return place ? [{ ...place, class: told.change, symbol: told.symbol, label: told.change }] : [];
  });
  // Several rows may be declared at one place: the members of what a member points to.
  const ascending = marks.sort((a, b) => a.start - b.start);
  return ascending.filter((mark, at) => mark.start >= (ascending[at - 1]?.end ?? 0));
}
