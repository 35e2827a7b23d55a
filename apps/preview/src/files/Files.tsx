// The strip below the tabs: what is open, and what could not be.
import type { Told } from '../engine/engine.js';
import { bytes, counted } from '../ui/numbers.js';
import { Problem } from '../ui/Problem.js';
import { Some } from '../ui/Some.js';
import { visible } from '../ui/visible.js';
import { close, dismiss, files, opening, passedOver, refused } from '../workspace/files.js';
import { Picker } from './Picker.js';

/** Beyond this many, files are in a list of their own. */
const MOST_CHIPS = 6;

/** Beyond this many, refused files are a list: a folder may hold thousands of another kind. */
const MOST_PROBLEMS = 5;

export function Files() {
  const open = files.value;
  if (open.length === 0 && refused.value.length === 0 && opening.value === 0) return null;
  const chips = (
    <Some of={open}>
      {(shown) => (
        <ul class="chips" aria-label="Open files">
          {shown.map((file) => (
            <li key={file.number} class="chip">
              <bdi class="name">{visible(file.name)}</bdi> <span class="muted">{inBrief(file.told)}</span>
              <button
                type="button"
                class="plain"
                aria-label={`Close ${visible(file.name)}`}
                onClick={() => close(file)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </Some>
  );
  return (
    <section class="files" aria-label="Files">
      <div class="row">
        {open.length > MOST_CHIPS ? (
          <details>
            <summary>{counted(open.length, 'open file')}</summary>
            {chips}
          </details>
        ) : (
          chips
        )}
        <span class="muted" role="status">
          {opening.value > 0
            ? `reading ${counted(opening.value, 'file')}…`
            : passedOver.value > 0 && `${counted(passedOver.value, 'file')} of other names passed over`}
        </span>
        <Picker label="Add files" />
        <Picker label="Add a folder" folder />
      </div>
      {refused.value.length > MOST_PROBLEMS ? (
        <ManyRefused />
      ) : (
        refused.value.map(({ name, failure }) => (
          <Problem key={name} failure={{ ...failure, message: `${name}: ${failure.message}` }}>
            <button type="button" onClick={() => dismiss(name)}>
              Dismiss
            </button>
          </Problem>
        ))
      )}
    </section>
  );
}

function ManyRefused() {
  const all = refused.value;
  return (
    <div class="problem" role="alert">
      <details>
        <summary>{counted(all.length, 'file')} could not be opened</summary>
        <Some of={all}>
          {(shown) => (
            <ul>
              {shown.map(({ name, failure }) => (
                <li key={name}>
                  <code class="code">{failure.code}</code> {visible(`${name}: ${failure.message}`)}
                </li>
              ))}
            </ul>
          )}
        </Some>
      </details>
      <button type="button" onClick={() => dismiss()}>
        Dismiss all
      </button>
    </div>
  );
}

function inBrief(told: Told): string {
  switch (told.is) {
    case 'pack':
      return `pack, ${counted(told.kernels, 'kernel')}`;
    case 'btf':
      return `BTF, ${told.btf ? `${counted(told.btf.types, 'type')}, ` : ''}${bytes(told.size)}`;
    case 'object':
      return `object, ${counted(told.object.programs.length, 'program')}`;
  }
}
