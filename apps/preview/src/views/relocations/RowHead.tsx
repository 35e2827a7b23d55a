import type { Row } from './fold.js';
import { linesText } from './words.js';

/** What is asked, and where. */
export function RowHead({ row: { relocations } }: { row: Row }) {
  const [{ expression, kind, source }] = relocations;
  return (
    <>
      <code class="access" title={expression}>
        {expression}
      </code>
      <span class="muted where" title={source?.file}>
        {linesText(relocations)} <span class="kind">{kind}</span>
        {relocations.length > 1 && ` ×${relocations.length}`}
      </span>
    </>
  );
}
