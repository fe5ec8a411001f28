import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Owner } from './owner.js';

const PRIVATE = 0o600;
const MARK = '.rotor-';
// Long after any write has ended, so that another Rotor's temporary file in use is never taken for a left-over.
const LEFT_OVER_AFTER_MS = 60_000;

export type WholeFile = {
  readonly path: string;
  readonly content: string | Buffer;
  readonly mode: number;
  /** undefined: as the system gives it. */
  readonly owner: Owner | undefined;
};

/**
 * Replaces the file, so that a reader, or a crash at any instant, finds the old content or the new, never a part.
 * Durable when it resolves. `beforeRename` may throw: then nothing has changed.
 */
export async function writeWhole(file: WholeFile, beforeRename: () => void): Promise<void> {
  const temporary = join(
    dirname(file.path),
    `.${basename(file.path)}${MARK}${randomBytes(8).toString('hex')}`,
  );
  try {
    await writeTemporary(temporary, file);
    beforeRename();
    await rename(temporary, file.path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file.path));
}

/** Removes what a killed Rotor left beside the file: each holds a token. */
export async function removeLeftOvers(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `.${basename(path)}${MARK}`;
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  for (const left of names.map((name) => join(folder, name))) {
    const written = await stat(left).catch(() => undefined);
    if (written && Date.now() - written.mtimeMs > LEFT_OVER_AFTER_MS) await rm(left, { force: true });
  }
}

async function writeTemporary(temporary: string, file: WholeFile): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  const handle = await open(temporary, flags, PRIVATE);
  try {
    await handle.writeFile(file.content);
    // Before the mode: a change of owner clears the set-id bits, and must come while the file is still private.
    if (file.owner) await handle.chown(file.owner.uid, file.owner.gid ?? (await handle.stat()).gid);
    await handle.chmod(file.mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The new name of a file is durable only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
