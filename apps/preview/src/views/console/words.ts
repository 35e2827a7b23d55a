// A line of the console, as a shell would take it.

export interface Line {
  words: string[];
  /** Where what is printed goes, behind `>`. */
  into: string | undefined;
}

interface Word {
  text: string;
  /** Holds a `*` or `?` that is not quoted: the names of files that match stand in its place. */
  glob: boolean;
}

/**
 * Words, quoted or not, with `*` and `?` for names of files, and `> file` at the end.
 *
 * @throws Error a quote without an end, `>` without a file
 */
export function parseLine(line: string, files: readonly string[]): Line {
  const words = split(line);
  const at = words.findIndex(({ text, glob }) => text === '>' && !glob);
  const target = at < 0 ? undefined : words[at + 1]?.text;
  if (at >= 0 && (target === undefined || words.length > at + 2)) {
    throw new Error('behind > comes the name of one file');
  }
  const before = at < 0 ? words : words.slice(0, at);
  return { words: before.flatMap((word) => expanded(word, files)), into: target };
}

function split(line: string): Word[] {
  const words: Word[] = [];
  let word: Word | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at] as string;
    if (quote === '' && /\s/.test(char)) {
      if (word) words.push(word);
      word = undefined;
      continue;
    }
    word ??= { text: '', glob: false };
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === '\\' && quote !== "'" && at + 1 < line.length) word.text += line[++at];
    else {
      word.glob ||= quote === '' && (char === '*' || char === '?');
      word.text += char;
    }
  }
  if (quote !== '') throw new Error(`the quote ${quote} has no end`);
  if (word) words.push(word);
  return words;
}

/** The files that a pattern matches, across `/` as bpfc's own do; the pattern itself where there are none, as in a shell. */
function expanded({ text, glob }: Word, files: readonly string[]): string[] {
  if (!glob) return [text];
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const found = files.filter((name) => new RegExp(`^${source}$`, 's').test(name)).sort();
  return found.length > 0 ? found : [text];
}

/** What may follow the last word: words that begin with it. */
export function completions(line: string, known: readonly string[]): { start: number; words: string[] } {
  const start = line.length - (/\S*$/.exec(line)?.[0].length ?? 0);
  const begun = line.slice(start);
  return { start, words: known.filter((word) => word.startsWith(begun) && word !== begun).sort() };
}
