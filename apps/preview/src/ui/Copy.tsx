import { useClipboard } from './use-clipboard.js';

/** A button that puts a text into the clipboard, and says whether it did. */
export function Copy({ text, what }: { text: string; what: string }) {
  const { said, copy } = useClipboard();
  return (
    <>
      <button
        type="button"
        class="plain copy"
        aria-label={`Copy ${what}`}
        onClick={() => void copy(text, 'copied')}
      >
        Copy
      </button>
      <span class="muted" role="status">
        {said}
      </span>
    </>
  );
}
