// What all sources have in common.
import type { PartialFile } from './partial.js';
import type { Check } from './verify.js';

/** A file that a source has. */
export interface RemoteFile {
  /** `ID/VERSION/ARCH/RELEASE.btf.tar.xz` */
  path: string;
  /** Bytes, where the source tells. */
  size?: number | undefined;
  check: Check;
}

/** What a source has. */
export interface Listing {
  files: Map<string, RemoteFile>;
  /** Links between folders: `debian/bullseye` to `debian/11`. */
  aliases: Map<string, string>;
  /** Of a repository. */
  commit?: string | undefined;
}

/** Somewhere that kernels' BTFs come from. */
export interface Source {
  /** As the catalog names it: a URL, without credentials. */
  readonly url: string;
  /** Everything that it has. */
  list(): Promise<Listing>;
  /** The wanted files in groups, each when it is ready to be read: where that is better prepared for several at a time. */
  batches(files: readonly RemoteFile[]): AsyncIterable<readonly RemoteFile[]>;
  /**
   * Writes a file.
   *
   * @param known - the ETag of a version that is not wanted again
   * @returns false where the source has the version `known`
   */
  read(file: RemoteFile, to: PartialFile, known?: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Of a source whose files are read one by one. */
export async function* oneBatch(files: readonly RemoteFile[]): AsyncGenerator<readonly RemoteFile[]> {
  yield files;
}
