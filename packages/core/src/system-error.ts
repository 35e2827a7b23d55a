/** What the system's error codes mean, for whoever reads a message. */
const TEXTS: Record<string, string> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
};

/** What an error of the system says in words: `ENOSPC` is `no space left on the device`. */
export function systemText(error: unknown): string {
  return TEXTS[systemCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** `ENOENT` and the like; empty where an error has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
