// Types by what C calls them: `struct sock`, `u32`, `vfs_read`.
import type { Btf, BtfKind, TypeSummary } from '@bpfc/core/slim';

/** C's words before a name. */
const KINDS: ReadonlyMap<string, readonly BtfKind[]> = new Map([
  ['struct', ['struct']],
  ['union', ['union']],
  ['enum', ['enum', 'enum64']],
  ['typedef', ['typedef']],
  ['func', ['func']],
]);

/** For those that share a name with none of their kind, words that {@link typesNamed} finds. */
export function wordsOf({ id, kind, name }: Pick<TypeSummary, 'id' | 'kind' | 'name'>): string {
  if (name === '') return `#${id}`;
  const word = kind === 'enum64' ? 'enum' : kind;
  return ['struct', 'union', 'enum'].includes(word) ? `${word} ${name}` : name;
}

/** Ids of the types that C calls so, those of functions and variables last; of the one that `#12` numbers. */
export function typesNamed(btf: Btf, words: string): number[] {
  const [, number] = /^#(\d{1,9})$/.exec(words) ?? [];
  if (number !== undefined) return [Number(number)];
  const [, word = '', name = words] = /^(\w+) (.*)$/s.exec(words) ?? [];
  const kinds = KINDS.get(word);
  const found = btf.summaries(btf.find(kinds ? name : words));
  const isAsked = ({ kind }: TypeSummary) => !kinds || kinds.includes(kind);
  const asked = found.filter(({ kind }) => !isTag(kind)).filter(isAsked);
  // What is declared but not defined is the next best.
  const named = asked.length > 0 ? asked : found.filter(({ kind }) => kind === 'fwd');
  const [types, others] = [named.filter(isType), named.filter((type) => !isType(type))];
  return [...types, ...others].map(({ id }) => id);
}

/** Tags have their attribute for a name. */
function isTag(kind: BtfKind): boolean {
  return kind === 'decl_tag' || kind === 'type_tag';
}

function isType({ kind }: TypeSummary): boolean {
  return kind !== 'func' && kind !== 'var' && kind !== 'fwd';
}
