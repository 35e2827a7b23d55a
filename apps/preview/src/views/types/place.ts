// Where the reader is among types, as an address holds it:
//
//   #/types/ubuntu%2F20.04%2Fx86_64%2F5.4.0-26-generic/struct%20sock?q=sock&with=KEY&open=sk_lock,sk_lock.wq
import { go, href, type Route, route } from '../../workspace/route.js';

const VIEW = 'types';

export interface Place {
  /** Key of the BTF; the first one's where the address names none. */
  source: string | undefined;
  /** What C calls the type, or `#12`. */
  words: string | undefined;
  /** Tells it from others that C calls the same. */
  id: number | undefined;
  /** What is searched for. */
  q: string;
  /** Key of the BTF beside it. */
  beside: string | undefined;
  /** Whether the comparison has what is equal, too. */
  all: boolean;
  /** Members that are laid out in place, by path. */
  open: readonly string[];
  /** Bytes of a cache line. */
  line: CacheLine;
}

export const CACHE_LINES = [32, 64, 128] as const;
export type CacheLine = (typeof CACHE_LINES)[number];

/** Of x86-64 and most arm64 machines, and what pahole takes. */
const USUAL: CacheLine = 64;

export function placeOfRoute({ path, query }: Route): Place {
  return {
    source: path[0],
    words: path[1],
    id: /^\d{1,9}$/.test(query.id ?? '') ? Number(query.id) : undefined,
    q: query.q ?? '',
    beside: query.with,
    all: query.show === 'all',
    open: query.open?.split(',') ?? [],
    line: CACHE_LINES.find((line) => String(line) === query.line) ?? USUAL,
  };
}

export function hrefOfPlace({ source, words, id, q, beside, all, open, line }: Place): string {
  const path = source === undefined ? [] : words === undefined ? [source] : [source, words];
  return href(VIEW, path, {
    id: id?.toString(),
    q,
    with: beside,
    show: all ? 'all' : undefined,
    open: open.join(','),
    line: line === USUAL ? undefined : String(line),
  });
}

/**
 * Goes to a place that is different in some respects from where the reader is now, who may have typed since the last drawing, or
 * have left: then nowhere.
 */
export function goTo(to: Partial<Place>, options?: { replace: boolean }): void {
  if (route.peek().view !== VIEW) return;
  go(hrefOfPlace({ ...placeOfRoute(route.peek()), ...to }), options);
}

/** Another type of the same BTF: what was open in this one is not in that. */
export function hrefOfType(place: Place, words: string, id?: number): string {
  return hrefOfPlace({ ...place, words, id, open: [] });
}
