import { useState } from 'preact/hooks';

/** Puts texts into the clipboard; `said` tells whether the last one is there, by the word given for it. */
export function useClipboard() {
  const [said, setSaid] = useState('');
  const copy = async (text: string, done: string) => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid(done);
    } catch {
      // Browsers have a clipboard for pages of https: and localhost alone, and may ask the reader.
      setSaid('the browser does not allow it');
    }
  };
  return { said, copy };
}
