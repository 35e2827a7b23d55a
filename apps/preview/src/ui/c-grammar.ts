// The words of C, by highlight.js' grammar. Loaded when C is first shown.
import c from 'highlight.js/lib/languages/c';
import { createLowlight } from 'lowlight';
import type { Token } from './c-pieces.js';

type Tree = ReturnType<ReturnType<typeof createLowlight>['highlight']>;
type Node = Tree['children'][number];

const lowlight = createLowlight({ c });

/** UTF-16 units: twice a `struct task_struct` would take 2 ms, this much 150. Longer texts stay plain. */
const MOST_TEXT = 1 << 17;

/**
 * The grammar looks for a function behind each word and begins anew at the next: the square and more of words in a row.
 * What the core writes has a few of them between two signs.
 */
const MANY_WORDS = /[\w\s*&]{400}/;

/** Names that the grammar takes for types by how they look; `atomic_flags` is a member of `struct task_struct`. */
const BY_LOOK = /^atomic_|_t$/;

/** The tokens of a text, ascending. */
export function tokensOf(text: string): Token[] {
  if (text.length > MOST_TEXT || MANY_WORDS.test(text)) return [];
  const tokens: Token[] = [];
  let place = 0;
  const walk = (node: Node, name: string) => {
    if (node.type === 'text') {
      const start = place;
      place += node.value.length;
      if (name !== '' && !BY_LOOK.test(node.value)) tokens.push({ start, end: place, class: name });
    } else if (node.type === 'element') {
      const { className } = node.properties;
      const own = Array.isArray(className) ? className.join(' ') : '';
      for (const child of node.children) walk(child as Node, own);
    }
  };
  for (const child of lowlight.highlight('c', text).children) walk(child, '');
  return tokens;
}
