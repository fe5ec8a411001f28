import { systemCode } from '../../rotation/errors.js';

const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  ELOOP: 'too many symbolic links',
  ENOEXEC: 'not an executable format',
  EIO: 'the device reported an error',
};

/** The system's code of an error, such as `ENOENT`; `unknown` where it has none. */
export function errnoOf(error: unknown): string {
  return systemCode(error) ?? 'unknown';
}

export function meaningOf(errno: string): string {
  const meaning = MEANINGS[errno];
  return meaning === undefined ? errno : `${meaning} (${errno})`;
}
