import type { ComponentChildren } from 'preact';
import { Picker } from '../files/Picker.js';
import { openExample } from '../workspace/incoming.js';

/** In place of a view that has nothing to show: what it takes. */
export function Nothing({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="nothing">
      <h1>{title}</h1>
      <p>{children}</p>
      <div class="actions">
        <Picker label="Pick files" />
        <Picker label="Pick a folder" folder />
        <button type="button" onClick={() => void openExample()}>
          Open the example
        </button>
      </div>
    </div>
  );
}
