import { useState } from 'preact/hooks';
import { failureOf } from '../../engine/failure.js';

/** Puts texts on the clipboard, and says that it did. */
export function CopyButtons({ texts }: { texts: Readonly<Record<string, () => string>> }) {
  const [told, setTold] = useState('');
  const copy = (name: string, text: string) =>
    navigator.clipboard.writeText(text).then(
      () => setTold(`copied as ${name}`),
      (error) => setTold(`the browser does not copy: ${failureOf(error).message}`),
    );
  return (
    <>
      {Object.entries(texts).map(([name, text]) => (
        <button key={name} type="button" onClick={() => void copy(name, text())}>
          Copy as {name}
        </button>
      ))}
      <span class="muted" role="status">
        {told}
      </span>
    </>
  );
}
