import { type Mark, placesOf } from '../../ui/c-pieces.js';

/**
 * Where a type's text declares the member or enumerator that an access names: `struct pid_namespace.ns.inum` is asked of
 * `struct pid_namespace`, which may declare `ns` alone. The last one of the path that it declares counts.
 */
export function askedFor(text: string, expression: string): Mark[] {
  const path = expression.split(/\.|::/).slice(1);
  for (const part of path.reverse()) {
    const name = part.replace(/\[.*$/s, '');
    const place = placesOf(text, name).find(({ end }) => /^\s*(?:[;:[),=]|$)/.test(text.slice(end, end + 8)));
    if (place) return [{ ...place, class: 'asked-for', label: 'asked for' }];
  }
  return [];
}
