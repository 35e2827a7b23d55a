import { visible } from '../../ui/visible.js';
import type { Row } from './fold.js';
import { linesText } from './words.js';

/** What is asked, and where. */
export function RowHead({ row: { relocations } }: { row: Row }) {
  const [{ expression: asked, kind, source }] = relocations;
  const expression = visible(asked);
  // Where there is no room for all, the type gives way: rows differ in the member.
  const [type = '', member] = expression.split(/(?=\.|::)(.*)/s);
  return (
    <>
      <span class="visually-hidden">{expression}</span>
      <code class="access" title={expression} aria-hidden="true">
        <span class="type">{type}</span>
        {member}
      </code>
      <span class="muted where" title={source ? visible(source.file) : undefined}>
        {visible(linesText(relocations))} <span class="kind">{kind}</span>
        {relocations.length > 1 && ` ×${relocations.length}`}
      </span>
    </>
  );
}
