import { useState } from 'preact/hooks';

/** A button that puts a text into the clipboard, and says whether it did. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('copied');
    } catch {
      // Browsers have a clipboard for pages of https: and localhost alone, and may ask the reader.
      setSaid('the browser does not allow it');
    }
  };
  return (
    <>
      <button type="button" class="plain copy" aria-label={`Copy ${what}`} onClick={copy}>
        Copy
      </button>
      <span class="muted" role="status">
        {said}
      </span>
    </>
  );
}
