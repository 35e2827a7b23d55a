// Where the reader is in the matrix, as an address holds it:
//
//   #/relocations/execsnoop.tar?kernel=KEY&at=2&show=changed,differs&find=task&over=whole//pack:other.tar
import type { RelocationVerdict } from '@bpfc/core/slim';
import { go, href, type Route } from '../../workspace/route.js';
import type { Filter } from './fold.js';
import { VERDICTS } from './verdicts.js';

export interface Place {
  /** Key of the program; the first one's where the address names none. */
  program: string | undefined;
  /** Key of the kernel whose cell is open. */
  kernel: string | undefined;
  /** Position of the relocation that is open. */
  at: number | undefined;
  filter: Filter;
  /** Keys of the sets of kernels, where they are not those that the program has by itself. */
  over: readonly string[] | undefined;
}

const DIFFERS = 'differs';

/** In no name of a file, which the keys of sets have. */
const BETWEEN = '//';

export function placeOfRoute({ path, query }: Route): Place {
  const show = query.show?.split(',') ?? [];
  return {
    program: path[0],
    kernel: query.kernel,
    at: /^\d{1,9}$/.test(query.at ?? '') ? Number(query.at) : undefined,
    filter: {
      verdicts: new Set(VERDICTS.map(({ verdict }) => verdict).filter((verdict) => show.includes(verdict))),
      differs: show.includes(DIFFERS),
      text: query.find ?? '',
    },
    over: query.over?.split(BETWEEN),
  };
}

export function hrefOfPlace({ program, kernel, at, filter, over }: Place): string {
  const show: (RelocationVerdict | typeof DIFFERS)[] = [...filter.verdicts];
  if (filter.differs) show.push(DIFFERS);
  return href('relocations', program === undefined ? [] : [program], {
    kernel,
    at: at?.toString(),
    show: show.join(','),
    find: filter.text,
    over: over?.join(BETWEEN),
  });
}

/** Goes from a place to one that is different in some respects. */
export function goFrom(place: Place, to: Partial<Place>, options?: { replace: boolean }): void {
  go(hrefOfPlace({ ...place, ...to }), options);
}
