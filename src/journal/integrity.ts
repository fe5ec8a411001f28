import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { inPackage } from '../in-package.js';
import { asRotorError } from '../rotation/errors.js';
import { damaged, isDamage, unchecked } from './storage-faults.js';

const PROGRAM = 'dist/journal/quick-check.js';

/** Whether the structure of the file holds together: `ok`, or the first place where it does not. Throws where it cannot tell. */
export function verdictOn(database: DatabaseSync): string {
  try {
    const [found] = database.prepare('PRAGMA quick_check(1)').all();
    return String(Object.values(found ?? {})[0]).replace(/^\*+ in database main \*+\s+/, '');
  } catch (error) {
    if (isDamage(error)) return asRotorError(error).message;
    throw error;
  }
}

/**
 * The same from a process of its own, since SQLite stops everything else meanwhile and cannot be interrupted. It takes
 * no lock: the file must be locked by this process, its log empty, and nothing written until this resolves. Throws
 * `journal_unavailable`, retryable, where the process did not come to a verdict: that says nothing of the file.
 */
export async function verdictAside(file: string, signal: AbortSignal): Promise<string> {
  const child = spawn(process.execPath, [inPackage(PROGRAM), file], {
    stdio: ['ignore', 'pipe', 'ignore'],
    signal,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close') as Promise<[code: number | null, killedBy: NodeJS.Signals | null]>;
  try {
    const [said, [code, killedBy]] = await Promise.all([text(child.stdout), ended]);
    if (code === 0 && said !== '') return said;
    const isTold = code === 1 && said !== '';
    throw new Error(isTold ? said : `its check ended with ${killedBy ?? `code ${code}`}`);
  } catch (error) {
    throw unchecked(file, error);
  }
}

export function assertSound(file: string, verdict: string): void {
  if (verdict !== 'ok') throw damaged(file, verdict);
}
