// Where the names in a type's text lead.
import type { Definition } from '@bpfc/core/slim';

/** What C calls each type that a text names, by id: `struct sock`, `u32`. */
export function namesIn({ text, links }: Definition): Map<number, string> {
  return new Map(
    links.map(({ start, end, id }) => {
      const [kind = ''] = /(?:struct|union|enum) $/.exec(text.slice(Math.max(0, start - 8), start)) ?? [];
      return [id, kind + text.slice(start, end)];
    }),
  );
}
