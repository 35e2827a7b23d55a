// A list to choose one from by typing: for more than a `select` is good for.
// After the pattern of WAI-ARIA: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
import { useId, useMemo, useState } from 'preact/hooks';
import './combobox.css';
import { counted } from './numbers.js';
import { rem } from './rem.js';
import { VirtualList } from './VirtualList.js';
import { visible } from './visible.js';

export interface NotedChoice {
  key: string;
  label: string;
  /** Stands behind the label; is searched, too. */
  note: string;
}

export interface ComboboxProps {
  label: string;
  choices: readonly NotedChoice[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
  /** What choosing nothing is called, where that can be. */
  none?: string;
}

/** Of a row, in root ems. */
const ROW = 2;
/** How many rows are seen at once. */
const SEEN = 12;

export function Combobox({ label, choices, chosen, onChoose, none }: ComboboxProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  /** Undefined until something is typed: then all are shown, and the chosen one's label stays. */
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(0);
  const all = useMemo(
    () => (none === undefined ? choices : [{ key: '', label: none, note: '' }, ...choices]),
    [choices, none],
  );
  const found = useMemo(() => withWords(all, typed ?? ''), [all, typed]);
  const chosenOne = all.find(({ key }) => key === (chosen ?? '')) ?? all.find(({ key }) => key === '');
  const at = Math.min(active, found.length - 1);

  const show = () => {
    if (open) return;
    setOpen(true);
    setActive(Math.max(0, chosenOne ? all.indexOf(chosenOne) : 0));
  };
  const hide = () => {
    setOpen(false);
    setTyped(undefined);
  };
  const choose = (choice: NotedChoice | undefined) => {
    hide();
    if (choice && choice !== chosenOne) onChoose(choice.key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, altKey, ctrlKey, metaKey } = event;
    if (ctrlKey || metaKey || (altKey && key !== 'ArrowDown')) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: SEEN, PageUp: -SEEN }[key];
    if (step !== undefined) {
      if (open) setActive(Math.min(Math.max(0, at + step), found.length - 1));
      else show();
    } else if (key === 'Enter' && open) {
      choose(found[at]);
    } else if (key === 'Escape' && open) {
      hide();
    } else {
      return;
    }
    event.preventDefault();
  };

  const rowHeight = ROW * rem();
  return (
    <span class="combobox">
      <label for={id}>{label}</label>
      <span class="field">
        <input
          id={id}
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={open ? `${id}-list` : undefined}
          aria-activedescendant={open && found.length > 0 ? `${id}-${at}` : undefined}
          title={visible(chosenOne?.label ?? '')}
          value={typed ?? visible(chosenOne?.label ?? '')}
          onInput={({ currentTarget }) => {
            show();
            setTyped(currentTarget.value);
            setActive(0);
          }}
          onFocus={({ currentTarget }) => currentTarget.select()}
          onClick={show}
          onBlur={hide}
          onKeyDown={onKeyDown}
        />
        {open && (
          <span class="popup">
            <VirtualList
              id={`${id}-list`}
              role="listbox"
              aria-label={label}
              count={found.length}
              rowHeight={rowHeight}
              shown={at}
              style={{ height: `${rowHeight * Math.min(found.length, SEEN)}px` }}
              // What is pressed in the list leaves the focus where it is.
              onMouseDown={(event) => event.preventDefault()}
            >
              {({ index, style }) => {
                const choice = found[index];
                return (
                  choice && (
                    // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus, and says which one is active
                    // biome-ignore lint/a11y/useKeyWithClickEvents: the field hears the keys
                    <div
                      key={choice.key}
                      id={`${id}-${index}`}
                      role="option"
                      class={`option ${index === at ? 'active' : ''}`}
                      aria-selected={choice === chosenOne}
                      aria-setsize={found.length}
                      aria-posinset={index + 1}
                      style={style}
                      onClick={() => choose(choice)}
                    >
                      <bdi>{visible(choice.label)}</bdi>
                      {choice.note && <span class="muted"> {visible(choice.note)}</span>}
                    </div>
                  )
                );
              }}
            </VirtualList>
            {found.length === 0 && <span class="option muted">none has these words</span>}
          </span>
        )}
      </span>
      <span class="visually-hidden" role="status">
        {open && typed !== undefined && counted(found.length, 'choice')}
      </span>
    </span>
  );
}

/** Those that have each word of a text in label or note. */
function withWords(choices: readonly NotedChoice[], text: string): readonly NotedChoice[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return choices;
  return choices.filter(({ label, note }) => {
    const searched = `${label} ${note}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
}
