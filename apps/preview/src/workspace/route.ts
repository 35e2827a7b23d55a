// Where the reader is: in the address, so that a link leads to the same place.
//
//   #/types/ubuntu%2F20.04%2Fx86_64%2F5.4.0-26-generic/struct%20sock?with=...
//    view   path                                                     query
import { signal } from '@preact/signals';

export interface Route {
  view: string;
  path: readonly string[];
  query: Readonly<Record<string, string>>;
}

function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [view = '', ...rest] = path.split('/').map(decoded);
  return {
    view,
    path: rest.filter((part) => part !== ''),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** A part of an address; as it stands where it is none that this page writes. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place. What is undefined or empty in the query is left out. */
export function href(
  view: string,
  path: readonly string[] = [],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const asked = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(asked).toString();
  const places = [view, ...path].map(encodeURIComponent).join('/');
  return `#/${places}${search && `?${search}`}`;
}

export const route = signal<Route>(parse(location.hash));
addEventListener('hashchange', () => {
  route.value = parse(location.hash);
});

/** Goes to an address of {@link href}. `replace` where Back should lead past it, as between two keystrokes. */
export function go(address: string, { replace = false } = {}): void {
  if (address === location.hash) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  route.value = parse(address);
}
