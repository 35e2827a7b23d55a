// `bpfc` itself, on the open files.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Picker } from '../../files/Picker.js';
import { bytes } from '../../ui/numbers.js';
import { quoted } from '../../ui/quoted.js';
import { visible } from '../../ui/visible.js';
import { open } from '../../workspace/files.js';
import { available, clear, type Entry, entries, interrupt, prepare, runLine, written } from './session.js';
import { completions } from './words.js';
import './console.css';

/** Commands of bpfc, to be completed. */
const COMMANDS = ['pack', 'trim', 'inspect', 'select', 'verify', 'dump', 'diff', 'btfgen', 'help'];

/** Characters of an output that are shown; a whole vmlinux.h has millions. */
const MOST_SHOWN = 200_000;

export function ConsoleView() {
  const line = useSignal('');
  /** Position in what was typed before; its length for a new line. */
  const at = useSignal(0);
  const hint = useSignal('');
  const log = useRef<HTMLDivElement>(null);
  const running = entries.value.some(({ exitCode }) => exitCode === undefined);
  const past = entries.value.map((entry) => entry.line);

  useEffect(prepare, []);
  useEffect(() => log.current?.scrollTo(0, log.current.scrollHeight), [entries.value]);

  const submit = (event: Event) => {
    event.preventDefault();
    const typed = line.value.trim();
    if (typed === '' || running) return;
    line.value = '';
    hint.value = '';
    if (typed === 'clear') clear();
    else void runLine(typed);
    at.value = entries.value.length;
  };
  const complete = ({ start, words }: ReturnType<typeof completions>) => {
    const common = words.reduce(commonStart, words[0] ?? '');
    if (common.length > line.value.length - start) line.value = line.value.slice(0, start) + common;
    if (words.length === 1) line.value += ' ';
    hint.value = words.length > 1 ? words.slice(0, 20).join('  ') : '';
  };
  const recall = (step: number) => {
    at.value = Math.max(0, Math.min(past.length, at.value + step));
    line.value = past[at.value] ?? '';
  };
  const keys = (event: KeyboardEvent) => {
    const found = completions(line.value, [...COMMANDS, ...available.value.keys()]);
    const completes = line.value.trim() !== '' && !event.shiftKey && found.words.length > 0;
    const act = {
      ArrowUp: () => recall(-1),
      ArrowDown: () => recall(1),
      // With nothing to complete it leaves the field, as everywhere.
      Tab: completes ? () => complete(found) : undefined,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return (
    <div class="console">
      <h1>Console</h1>
      <p>
        <code>bpfc</code>, the whole command, on the open files. <kbd>Tab</kbd> completes, <code>*</code>{' '}
        stands for names of files, <code>&gt; file</code> keeps what is printed. <code>help</code> says what
        there is.
      </p>
      <div class="panes">
        <section class="terminal" aria-label="Terminal">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keyboards scroll what has the focus */}
          <div class="log" role="log" aria-label="What was printed" ref={log} tabIndex={0}>
            {entries.value.map((entry, position) => (
              <Printed key={`${position} ${entry.line}`} entry={entry} />
            ))}
          </div>
          <form onSubmit={submit}>
            <label for="line" class="mono">
              $ bpfc
            </label>
            <input
              id="line"
              class="mono"
              value={line.value}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              aria-describedby="hint"
              onInput={({ currentTarget }) => {
                line.value = currentTarget.value;
              }}
              onKeyDown={keys}
            />
            {running ? (
              <button type="button" onClick={interrupt}>
                Stop
              </button>
            ) : (
              <button type="submit">Run</button>
            )}
          </form>
          <p id="hint" class="mono muted hint" role="status">
            {hint.value}
          </p>
        </section>
        <FileList
          insert={(name) => {
            line.value += `${/\s$|^$/.test(line.value) ? '' : ' '}${quoted(name)} `;
            document.getElementById('line')?.focus();
          }}
        />
      </div>
    </div>
  );
}

function Printed({ entry }: { entry: Entry }) {
  const { line, stdout, stderr, exitCode } = entry;
  const cut = stdout.length > MOST_SHOWN;
  return (
    <div class="entry">
      <p class="mono typed">$ bpfc {line.replace(/^(bpfc|btf-pack) /, '')}</p>
      {stdout !== '' && <pre>{cut ? stdout.slice(0, MOST_SHOWN) : stdout}</pre>}
      {cut && (
        <p class="muted">
          {bytes(stdout.length)} in all; <code>&gt; file</code> keeps them.
        </p>
      )}
      {stderr !== '' && <pre class="stderr">{stderr}</pre>}
      {exitCode === undefined && <p class="muted">running…</p>}
      {exitCode !== undefined && exitCode !== 0 && <p class="muted">exit code {exitCode}</p>}
      {entry.written.length > 0 && <p class="muted">written: {visible(entry.written.join(', '))}</p>}
    </div>
  );
}

function FileList({ insert }: { insert: (name: string) => void }) {
  const names = [...available.value];
  return (
    <section class="available" aria-labelledby="available">
      <h2 id="available">What it finds</h2>
      {names.length === 0 && (
        <p>
          None is open. <Picker label="Pick files" />
        </p>
      )}
      <ul>
        {names.map(([name, blob]) => (
          <li key={name}>
            <button
              type="button"
              class="plain name mono"
              onClick={() => insert(name)}
              title={`Type ${visible(name)}`}
            >
              {visible(name)}
            </button>
            <span class="muted">{bytes(blob.size)}</span>
            {written.value.has(name) && <Written name={name} blob={blob} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What can be done with a file that a command wrote. */
function Written({ name, blob }: { name: string; blob: Blob }) {
  const save = () => {
    const address = URL.createObjectURL(blob);
    const link = Object.assign(document.createElement('a'), {
      href: address,
      download: name.replace(/^.*\//s, ''),
    });
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <>
      <button type="button" class="plain" aria-label={`Save ${visible(name)}`} onClick={save}>
        save
      </button>
      <button
        type="button"
        class="plain"
        aria-label={`Open ${visible(name)} in the page`}
        onClick={() => void open([{ name, blob }])}
      >
        open
      </button>
    </>
  );
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
