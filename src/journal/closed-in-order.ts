import { readFileSync, statSync, writeFileSync } from 'node:fs';

/** What Rotor notes of a file that it has closed, to see at the next start that nobody has touched it since. */
const noteOf = (file: string): string => `${file}-closed`;
const logOf = (file: string): string => `${file}-wal`;

/** Asked before it is opened: opening takes over what a process that was killed has left in the log. */
export function wasClosedInOrder(file: string): boolean {
  return read(noteOf(file)) === identityOf(file) && !hasLog(file);
}

export function noteClosed(file: string): void {
  if (hasLog(file)) return;
  try {
    writeFileSync(noteOf(file), identityOf(file), { mode: 0o600 });
  } catch {
    // On a disk that is full, for instance: then the next start checks the file.
  }
}

/** Differs once anything was written to the file, or another was put in its place. */
export function identityOf(file: string): string {
  const { ino, size, mtimeNs } = statSync(file, { bigint: true });
  return [ino, size, mtimeNs].join(' ');
}

function hasLog(file: string): boolean {
  return (statSync(logOf(file), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
