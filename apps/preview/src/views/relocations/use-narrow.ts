import { signal } from '@preact/signals';

/** Where a matrix has no room: a telephone, or a text four times as large. */
const query = matchMedia('(max-width: 44rem)');
const narrow = signal(query.matches);
query.addEventListener('change', ({ matches }) => {
  narrow.value = matches;
});

export function useNarrow(): boolean {
  return narrow.value;
}
