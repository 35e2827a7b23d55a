import { useClipboard } from '../../ui/use-clipboard.js';

/** Puts texts on the clipboard, and says that it did. */
export function CopyButtons({ texts }: { texts: Readonly<Record<string, () => string>> }) {
  const { said, copy } = useClipboard();
  return (
    <>
      {Object.entries(texts).map(([name, text]) => (
        <button key={name} type="button" onClick={() => void copy(text(), `copied as ${name}`)}>
          Copy as {name}
        </button>
      ))}
      <span class="muted" role="status">
        {said}
      </span>
    </>
  );
}
