import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { RotorError, systemCode } from '../rotation/errors.js';
import { storageFault } from './storage-faults.js';

const OTHERS_MAY_WRITE = 0o022;

/** A path on which nothing can be made, whatever its owner does to the disk. */
const NO_PLACE = new Set(['ENOENT', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

/**
 * Makes the folder, for its owner alone, where it is not there yet. Throws `config_invalid` where it cannot be one, and
 * `journal_unavailable` where that may pass: a disk that is full, a folder above that is read-only.
 */
export function openStateDir(folder: string): void {
  try {
    makeFolders(folder);
  } catch (cause) {
    const code = systemCode(cause) ?? 'unknown error';
    if (!NO_PLACE.has(code)) throw storageFault(`the state directory ${folder}`, cause);
    throw unusable(folder, `cannot be made (${code})`, cause);
  }
  if (!statSync(folder).isDirectory()) throw unusable(folder, 'is not a folder');
}

/** Where others may write to it: whoever can may put a journal of their own in the place of Rotor's. It need not be there. */
export function stateDirWarning(folder: string): string | undefined {
  const { mode: found } = statSync(folder, { throwIfNoEntry: false }) ?? { mode: 0 };
  if ((found & OTHERS_MAY_WRITE) === 0) return undefined;
  const mode = (found & 0o777).toString(8).padStart(4, '0');
  return `others may write to the state directory ${folder} (mode ${mode}): give it 0700`;
}

/** One by one: Node's own recursion never ends below a folder such as /proc, which takes none and says that it is absent. */
function makeFolders(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolders(parent);
  mkdirSync(folder, { mode: 0o700 });
}

function unusable(folder: string, why: string, cause?: unknown): RotorError {
  return new RotorError('config_invalid', `the state directory ${folder} ${why}`, {
    ...(cause !== undefined && { cause }),
    hint: 'Name a folder that the user of Rotor may write to: stateDir, ROTOR_STATE_DIR or --state-dir.',
  });
}
