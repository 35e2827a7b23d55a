import { type ReadonlySignal, signal } from '@preact/signals';

/** In root ems. Below this width rows of lists have two lines; the style sheets know it too. */
const LISTS = 40;

const known = new Map<number, ReadonlySignal<boolean>>();

function narrowerThan(width: number): ReadonlySignal<boolean> {
  const found = known.get(width);
  if (found) return found;
  const query = matchMedia(`(max-width: ${width}rem)`);
  const narrow = signal(query.matches);
  query.addEventListener('change', ({ matches }) => {
    narrow.value = matches;
  });
  known.set(width, narrow);
  return narrow;
}

/** Whether the page is not wider than so many root ems. */
export function useNarrow(width = LISTS): boolean {
  return narrowerThan(width).value;
}
