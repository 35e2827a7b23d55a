// The strip below the tabs: what is open, and what could not be.
import type { Told } from '../engine/engine.js';
import { bytes, counted } from '../ui/numbers.js';
import { Problem } from '../ui/Problem.js';
import { visible } from '../ui/visible.js';
import { close, dismiss, files, opening, passedOver, refused } from '../workspace/files.js';
import { Picker } from './Picker.js';

/** Beyond this many, files are in a list of their own. */
const MOST_CHIPS = 6;

export function Files() {
  const open = files.value;
  if (open.length === 0 && refused.value.length === 0 && opening.value === 0) return null;
  const chips = (
    <ul class="chips" aria-label="Open files">
      {open.map((file) => (
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
      {refused.value.map(({ name, failure }) => (
        <Problem key={name} failure={{ ...failure, message: `${visible(name)}: ${failure.message}` }}>
          <button type="button" onClick={() => dismiss(name)}>
            Dismiss
          </button>
        </Problem>
      ))}
    </section>
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
