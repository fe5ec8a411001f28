import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { RotorError, systemCode } from '../rotation/errors.js';

const OTHERS_MAY_WRITE = 0o022;

/**
 * Makes the folder, for its owner alone, where it is not there yet. Returns a sentence where others may write to a
 * folder that was: whoever can may put a journal of their own in the place of Rotor's. Throws `config_invalid` where
 * it cannot be used.
 */
export function openStateDir(folder: string): string | undefined {
  try {
    makeFolders(folder);
  } catch (cause) {
    throw unusable(folder, `cannot be made (${systemCode(cause) ?? 'unknown error'})`, cause);
  }
  const found = statSync(folder);
  if (!found.isDirectory()) throw unusable(folder, 'is not a folder');
  if ((found.mode & OTHERS_MAY_WRITE) === 0) return undefined;
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
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
