// C source as pieces that differ in what they are: words of the grammar, links, marks. Each lies over the others as it will.

/** Part of a text, in UTF-16 units. */
export interface Range {
  start: number;
  end: number;
}

/** Another type's name in a text. */
export interface Link extends Range {
  id: number;
}

/** A part of a text that is to be seen. */
export interface Mark extends Range {
  /** Of its element; the verdicts' and changes' names have colors. */
  class?: string;
  /** Stands before it, but not in the text that is copied. */
  symbol?: string;
  /** Says what the symbol means. */
  label?: string;
}

/** What the grammar says of a part of a text. */
export interface Token extends Range {
  class: string;
}

export interface Piece {
  text: string;
  token?: Token | undefined;
  link?: Link | undefined;
  mark?: Mark | undefined;
}

/** Cuts a text where a token, a link or a mark begins or ends. Each of the three is in ascending order and overlaps none of its kind. */
export function piecesOf(
  text: string,
  tokens: readonly Token[],
  links: readonly Link[],
  marks: readonly Mark[],
): Piece[] {
  const kinds = [tokens, links, marks];
  const cuts = new Set([0, text.length]);
  for (const { start, end } of kinds.flat()) cuts.add(start).add(end);
  const token = reader(tokens);
  const link = reader(links);
  const mark = reader(marks);
  const at = [...cuts].filter((cut) => cut <= text.length).sort((a, b) => a - b);
  return at.slice(0, -1).map((start, position) => ({
    text: text.slice(start, at[position + 1]),
    token: token(start),
    link: link(start),
    mark: mark(start),
  }));
}

/** Tells which range a place lies in, for places in ascending order. */
function reader<T extends Range>(ranges: readonly T[]): (place: number) => T | undefined {
  let next = 0;
  return (place) => {
    while ((ranges[next]?.end ?? Number.POSITIVE_INFINITY) <= place) next++;
    const found = ranges[next];
    return found && found.start <= place ? found : undefined;
  };
}

/** Neighbours of which `key` says the same, together. */
export function runsOf<T, K>(items: readonly T[], key: (item: T) => K): { key: K; items: T[] }[] {
  const runs: { key: K; items: T[] }[] = [];
  for (const item of items) {
    const last = runs.at(-1);
    const its = key(item);
    if (last && last.key === its) last.items.push(item);
    else runs.push({ key: its, items: [item] });
  }
  return runs;
}

/** Where a word stands in a text: not as a part of another one. */
export function placesOf(text: string, word: string): Range[] {
  const places: Range[] = [];
  if (word === '') return places;
  for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + word.length)) {
    const end = start + word.length;
    if (!isWord(text[start - 1]) && !isWord(text[end])) places.push({ start, end });
  }
  return places;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
