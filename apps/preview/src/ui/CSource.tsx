// C as the core writes it: colored, with links to the types it names, and with marks.
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import './c-source.css';
import { type Link, type Mark, type Piece, piecesOf, runsOf, type Token } from './c-pieces.js';

export interface CSourceProps {
  /** Its name for screen readers: `struct task_struct of the kernel`. */
  label: string;
  text: string;
  /** Names of other types, ascending and disjoint. */
  links?: readonly Link[];
  /** Where the link of a type leads. */
  hrefOf?: ((id: number) => string) | undefined;
  /** Ascending and disjoint. The first is scrolled into sight. */
  marked?: readonly Mark[];
}

/** UTF-16 units that are shown: a definition of a hostile file's may have a million lines. */
const MOST_SHOWN = 1 << 20;

/** Finds the tokens of a text once the grammar is loaded. Before, and where it cannot be, text is plain. */
const grammar = signal<((text: string) => Token[]) | undefined>(undefined);
let loading = false;

function loadGrammar(): void {
  if (loading) return;
  loading = true;
  import('./c-grammar.js').then(
    ({ tokensOf }) => {
      grammar.value = tokensOf;
    },
    () => {
      // The server is away: the next text that is shown asks again.
      loading = false;
    },
  );
}

/** One for all, so that a component that is drawn again has nothing new. */
const NONE: readonly never[] = [];

export function CSource({ label, text, links = NONE, hrefOf, marked = NONE }: CSourceProps) {
  useEffect(loadGrammar, [text]);
  const tokensOf = grammar.value;
  const shown = text.length > MOST_SHOWN ? text.slice(0, text.lastIndexOf('\n', MOST_SHOWN) + 1) : text;
  const tokens = useMemo(() => tokensOf?.(shown) ?? [], [tokensOf, shown]);
  const pieces = useMemo(() => piecesOf(shown, tokens, links, marked), [shown, tokens, links, marked]);
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const mark = box.current?.querySelector('mark');
    if (!mark || !box.current) return;
    const { top, height } = box.current.getBoundingClientRect();
    box.current.scrollTop += mark.getBoundingClientRect().top - top - height / 3;
  }, [shown, marked]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys where it is in the order of tabs
    <section ref={box} class="c-source" aria-label={label} tabIndex={0}>
      <pre>
        {runsOf(pieces, ({ mark }) => mark).map(({ key, items }, at) =>
          key ? (
            <mark
              key={at}
              class={key.class}
              data-symbol={key.symbol}
              title={key.label}
              aria-description={key.label}
            >
              <Linked pieces={items} hrefOf={hrefOf} />
            </mark>
          ) : (
            <Linked key={at} pieces={items} hrefOf={hrefOf} />
          ),
        )}
      </pre>
      {shown !== text && <p class="muted">{text.length - shown.length} more characters are not shown.</p>}
    </section>
  );
}

function Linked({
  pieces,
  hrefOf,
}: {
  pieces: readonly Piece[];
  hrefOf: ((id: number) => string) | undefined;
}) {
  return (
    <>
      {runsOf(pieces, ({ link }) => link).map(({ key, items }, at) =>
        key && hrefOf ? (
          <a key={at} href={hrefOf(key.id)}>
            {items.map(({ text }) => text)}
          </a>
        ) : (
          items.map(({ text, token }, at) =>
            token ? (
              <span key={at} class={token.class}>
                {text}
              </span>
            ) : (
              text
            ),
          )
        ),
      )}
    </>
  );
}
