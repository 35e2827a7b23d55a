// Where bytes are: a file that was opened, or something inside it.

/** Names a BTF or an object for the engine. */
export interface Source {
  /** Number of the file, in the order of opening. */
  file: number;
  /** In the pack that the file is: an entry's path, or {@link PROGRAM}. Null for the file itself. */
  path: string | null;
}

/** Stands for the object inside a pack's `package.json`, whatever paths the pack has. */
export const PROGRAM = '\0program';

/** The same for the same place. */
export function placeOf({ file, path }: Source): string {
  return `${file} ${path ?? ''}`;
}
