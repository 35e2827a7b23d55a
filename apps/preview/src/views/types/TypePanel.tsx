// One type: what it is, in C, and where its members lie.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { NamedType } from '../../engine/engine.js';
import { wordsOf } from '../../engine/named.js';
import { placeOf } from '../../engine/source.js';
import { CSource } from '../../ui/CSource.js';
import { counted } from '../../ui/numbers.js';
import { namesIn } from '../../ui/type-links.js';
import { visible } from '../../ui/visible.js';
import { Layout } from './Layout.js';
import { hrefOfType, type Place } from './place.js';
import type { TypeSource } from './type-sources.js';

/** How many types of the same name are linked. */
const MOST_NAMESAKES = 12;

export function TypePanel({ source, type, place }: { source: TypeSource; type: NamedType; place: Place }) {
  const { id, kind, name, size, definition, namesakes } = type;
  const words = wordsOf(type);
  const hrefOf = useMemo(() => {
    const names = namesIn(definition);
    return (id: number) => hrefOfType(place, names.get(id) ?? `#${id}`, id);
  }, [definition, place]);
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = `${placeOf(source.source)} ${id}`;
  const before = useRef(shown);
  useEffect(() => {
    // The link that led here is gone, and the focus with it.
    if (before.current !== shown && document.activeElement === document.body) heading.current?.focus();
    before.current = shown;
  }, [shown]);
  const others = namesakes.filter((other) => other !== id);
  const isLaidOut = kind === 'struct' || kind === 'union';
  const canHaveName = isLaidOut || kind === 'enum' || kind === 'enum64';
  const title = name !== '' ? words : canHaveName ? `${kind} without a name` : kind;
  return (
    <article class="type" aria-labelledby="type">
      <h2 id="type" ref={heading} tabIndex={-1}>
        <code>
          <bdi>{visible(title)}</bdi>
        </code>
      </h2>
      <p class="row told">
        <span class={`kind ${kind}`}>{kind}</span>
        {size !== null && <span>{counted(size, 'byte')}</span>}
        <span class="muted">type {id}</span>
        {others.length > 0 && (
          <span>
            also called so:{' '}
            {others.slice(0, MOST_NAMESAKES).map((other) => (
              <span key={other}>
                <a href={hrefOfType(place, words, other)}>type {other}</a>{' '}
              </span>
            ))}
            {others.length > MOST_NAMESAKES && `and ${others.length - MOST_NAMESAKES} more`}
          </span>
        )}
      </p>
      <div class={isLaidOut ? 'views' : undefined}>
        <section class="in-c" aria-labelledby="in-c">
          <h3 id="in-c">In C</h3>
          <CSource
            key={shown}
            label={`${visible(title)} in C`}
            text={definition.text}
            links={definition.links}
            hrefOf={hrefOf}
          />
        </section>
        {isLaidOut && <Layout source={source.source} id={id} words={title} place={place} />}
      </div>
    </article>
  );
}
