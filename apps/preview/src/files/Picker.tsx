import { useRef } from 'preact/hooks';
import { openChosen, pickedFiles } from '../workspace/incoming.js';

/** A button that opens files, or all files of a folder. */
export function Picker({ folder = false, label }: { folder?: boolean; label: string }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        {...(folder ? { webkitdirectory: true } : {})}
        aria-label={label}
        onChange={({ currentTarget }) => {
          void openChosen(pickedFiles(currentTarget.files ?? []));
          // So that picking the same file again is a change.
          currentTarget.value = '';
        }}
      />
    </>
  );
}
