import type { Row } from './fold.js';
import { lineOf } from './words.js';

/** What is asked, and where. */
export function RowHead({ row: { relocation, positions } }: { row: Row }) {
  const { expression, kind, source } = relocation;
  const times = positions.length > 1 ? `${positions.length} times` : null;
  return (
    <>
      <code class="access" title={expression}>
        {expression}
      </code>
      <span class="muted where" title={source?.file}>
        {[lineOf(relocation), kind, times].filter((words) => words !== null).join(' · ')}
      </span>
    </>
  );
}
