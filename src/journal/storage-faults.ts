import { asRotorError, RotorError, systemCode } from '../rotation/errors.js';

type Kind = 'in_use' | 'damaged' | 'full' | 'read_only' | 'unreadable';

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html. */
const BY_RESULT: Readonly<Record<number, Kind>> = {
  5: 'in_use',
  6: 'in_use',
  8: 'read_only',
  11: 'damaged',
  13: 'full',
  26: 'damaged',
};
const BY_ERRNO: Readonly<Record<string, Kind>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read_only',
  EACCES: 'read_only',
  EPERM: 'read_only',
};

const BY_ITSELF = 'Rotor goes on by itself then.';

/** What of Rotor's own files went wrong, and what to do. The same words at the start and while it runs. */
export function storageFault(what: string, error: unknown): RotorError {
  if (error instanceof RotorError) return error;
  const said = asRotorError(error).message;
  const code = systemCode(error);
  const why = code === undefined || code === 'ERR_SQLITE_ERROR' ? said : code;
  switch (kindOf(error)) {
    case 'in_use':
      return inUse(what, error);
    case 'damaged':
      return damaged(what, why, error);
    case 'full':
      return full(what, why, error);
    case 'read_only':
      return fault(
        `${what} cannot be written, it or its folder is read-only (${why})`,
        `Make both writable for the user that Rotor runs as: ${BY_ITSELF}`,
        error,
      );
    case 'unreadable':
      return fault(
        `${what} cannot be read or written: ${why}`,
        `Check the disk that it is on, and who may read and write it: ${BY_ITSELF}`,
        error,
      );
  }
}

/** Never waited for: the other one may be in the middle of a run. */
export function inUse(file: string, cause: unknown): RotorError {
  const hint =
    'One Rotor works on one state directory: stop the other one, or give this one a directory of its own.';
  const options = { cause, retryable: false, hint };
  return new RotorError('journal_unavailable', `${file} is in use by another process`, options);
}

export function full(what: string, why: string, cause?: unknown): RotorError {
  const hint = `Free some space: ${BY_ITSELF}`;
  return fault(`${what} cannot be written, the disk is full (${why})`, hint, cause);
}

export function damaged(file: string, why: string, cause?: unknown): RotorError {
  return fault(
    `${file} is damaged, or no journal: ${why}`,
    'Put a backup in its place (`rotor restore FILE`), or move it away (with its -wal): Rotor then begins a new journal. Runs that were under ' +
      'way are in the old one alone: `rotor adopt` their rotations.',
    cause,
  );
}

/** It may well be whole: nothing is to be done to the file. */
export function unchecked(file: string, error: unknown): RotorError {
  return fault(
    `whether ${file} is whole could not be checked: ${asRotorError(error).message}`,
    'Rotor checks it again by itself. Where this goes on, see that it has memory enough, and what ends its processes.',
    error,
  );
}

/** Of one that is in use: Rotor holds it open, and would not see another in its place. */
export function damagedMeanwhile(file: string, error: unknown): RotorError {
  const { message, hint } = storageFault(file, error);
  return fault(message, `Stop Rotor first. ${hint}`, error);
}

export function isInUse(error: unknown): boolean {
  return kindOf(error) === 'in_use';
}

export function isDamage(error: unknown): boolean {
  return kindOf(error) === 'damaged';
}

function kindOf(error: unknown): Kind {
  const code = systemCode(error);
  if (code === 'ERR_SQLITE_ERROR') return BY_RESULT[resultOf(error) & 0xff] ?? 'unreadable';
  return BY_ERRNO[code ?? ''] ?? 'unreadable';
}

/** Its lowest byte is the primary code. */
function resultOf(error: unknown): number {
  const result =
    typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : undefined;
  return typeof result === 'number' ? result : 0;
}

function fault(message: string, hint: string, cause?: unknown): RotorError {
  return new RotorError('journal_unavailable', message, { hint, ...(cause !== undefined && { cause }) });
}
