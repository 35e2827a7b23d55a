// Search as you type. The field keeps the focus: arrows go through what was found, Enter opens it.
// After the pattern of WAI-ARIA: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
import type { TypeSummary } from '@bpfc/core/slim';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { engine } from '../../engine/client.js';
import { wordsOf } from '../../engine/named.js';
import { placeOf } from '../../engine/source.js';
import { bytes, counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { rem } from '../../ui/rem.js';
import { useAnswer } from '../../ui/use-answer.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import { FoundRows } from './found-rows.js';
import type { TypeSource } from './type-sources.js';

/** The kinds that the search takes as a first word. */
const KINDS = ['struct', 'union', 'enum', 'typedef', 'func'] as const;

/** Of a row, in root ems. */
const ROW = 1.75;
/** How far PageDown goes. */
const PAGE = 15;

export interface SearchProps {
  source: TypeSource;
  text: string;
  onText: (text: string) => void;
  /** Id of the type that is open. */
  open: number | undefined;
  onOpen: (words: string, id: number) => void;
  /** Whether it may ask already: the type that is shown comes first. */
  ready: boolean;
}

export function Search({ source, text, onText, open, onOpen, ready }: SearchProps) {
  const id = useId();
  const place = placeOf(source.source);
  const { value, failure, pending } = useAnswer(
    ready
      ? async () =>
          new FoundRows(await engine.search(source.source, text), (ids) =>
            engine.summaries(source.source, ids),
          )
      : undefined,
    [place, text, ready],
  );
  const count = value?.ids.length ?? 0;
  const opened = useMemo(() => (open === undefined ? -1 : (value?.ids.indexOf(open) ?? -1)), [value, open]);
  /** Undefined until an arrow is pressed: then Enter opens the first. */
  const [moved, setMoved] = useState<number>();
  useEffect(() => setMoved(undefined), [text, place]);
  const at = moved ?? (text === '' ? Math.max(0, opened) : 0);

  const openAt = (index: number) => {
    const row = value?.at(index);
    const type = row?.page.value[row.place];
    if (!type) return;
    setMoved(index);
    onOpen(wordsOf(type), type.id);
  };
  // Enter is pressed before the text is answered: what it finds is opened then.
  const opensFirst = useRef(false);
  useEffect(() => {
    if (pending || !opensFirst.current) return;
    opensFirst.current = false;
    openAt(0);
  }, [pending, value]);
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return;
    const step = {
      ArrowDown: moved === undefined && text !== '' ? 0 : 1,
      ArrowUp: -1,
      PageDown: PAGE,
      PageUp: -PAGE,
    }[key];
    if (step !== undefined && count > 0) setMoved(Math.min(Math.max(0, at + step), count - 1));
    else if (key === 'Enter' && pending) opensFirst.current = true;
    else if (key === 'Enter') openAt(at);
    else if (key === 'Escape' && text !== '') onText('');
    else return;
    event.preventDefault();
  };

  const asked = KINDS.find((kind) => text.startsWith(`${kind} `));
  const name = asked ? text.slice(asked.length + 1) : text;
  const rowHeight = ROW * rem();
  return (
    <search class="search" aria-label="Types">
      <input
        type="text"
        role="combobox"
        aria-label="Search types by name"
        aria-describedby={`${id}-how`}
        aria-expanded={count > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={count > 0 ? `${id}-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder="name: sk_buff, struct task"
        value={text}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <fieldset class="row kinds">
        <legend class="visually-hidden">Only this kind</legend>
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={kind === asked}
            title={`As if '${kind} ' were typed before the name`}
            onClick={() => onText(kind === asked ? name : `${kind} ${name}`)}
          >
            {kind}
          </button>
        ))}
      </fieldset>
      <p class="muted" role="status">
        {value && (text === '' ? `${counted(count, 'named type')}` : counted(count, 'hit'))}
      </p>
      <p class="visually-hidden" id={`${id}-how`}>
        Arrows go through the types that are found, Enter opens one. A first word struct, union, enum, typedef
        or func finds that kind alone.
      </p>
      {failure && <Problem failure={failure} />}
      {value && count === 0 && (
        <p class="none">
          {text === '' ? (
            'No type has a name.'
          ) : (
            <>
              No {asked ?? 'type'} has <code>{visible(name)}</code> in its name. A part of the name is enough,
              upper or lower case; <code>struct x</code>, <code>typedef x</code>, <code>func x</code> ask for
              that kind alone.
            </>
          )}
        </p>
      )}
      <VirtualList
        id={`${id}-list`}
        role="listbox"
        aria-label="Types"
        class="found"
        count={count}
        rowHeight={rowHeight}
        shown={at}
        style={{ '--rows': count, '--row': `${rowHeight}px` }}
        onMouseDown={(event) => event.preventDefault()}
      >
        {({ index, style }) =>
          value && (
            // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus, and says which one is active
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field hears the keys
            <div
              key={index}
              id={`${id}-${index}`}
              role="option"
              class={`option ${index === at ? 'active' : ''}`}
              aria-selected={index === opened}
              aria-setsize={count}
              aria-posinset={index + 1}
              style={style}
              onClick={() => openAt(index)}
            >
              <Row rows={value} index={index} />
            </div>
          )
        }
      </VirtualList>
    </search>
  );
}

function Row({ rows, index }: { rows: FoundRows; index: number }) {
  const { page, place } = rows.at(index);
  const type = page.value[place];
  return type ? <Found type={type} /> : <span class="muted">…</span>;
}

function Found({ type: { kind, name, size } }: { type: TypeSummary }) {
  return (
    <>
      <span class={`kind ${kind}`}>{kind}</span>{' '}
      <bdi class="name mono" title={visible(name)}>
        {visible(name)}
      </bdi>{' '}
      <span class="number muted">{size !== null && bytes(size)}</span>
    </>
  );
}
