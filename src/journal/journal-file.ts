import { statSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Clock } from '../rotation/clock.js';
import { RotorError } from '../rotation/errors.js';
import { identityOf, noteClosed, wasClosedInOrder } from './closed-in-order.js';
import type { Database } from './database.js';
import { assertSound, verdictAside } from './integrity.js';
import { openSqlite } from './sqlite.js';

const MIB = 1024 ** 2;
/** Up to here the check takes a tenth of a second. */
const AT_ONCE_MIB = 64;

export function journalIn(stateDir: string): string {
  return join(stateDir, 'journal.db');
}

export type OpenOptions = {
  /** Told why it takes long. */
  readonly say: (why: RotorError) => Promise<void>;
  readonly signal: AbortSignal;
};

/**
 * The journal's file, opened once its structure is known to hold together. A small one is checked at each opening; a
 * large one where Rotor has not closed it in order, or somebody has touched it since (ADR 10).
 */
export class JournalFile {
  /** Of the check that was last: another look at the same bytes would only take as long again. */
  #checked: { readonly identity: string; readonly verdict: string } | undefined;

  constructor(
    private readonly file: string,
    private readonly clock: Clock,
  ) {}

  async open(options: OpenOptions): Promise<Database> {
    const { file, clock } = this;
    const checkAside = isLarge(file) && !wasClosedInOrder(file);
    let isSound = !checkAside;
    const database = openSqlite(file, clock, {
      checkAtOnce: !isLarge(file),
      closedInOrder: () => {
        if (isSound && isLarge(file)) noteClosed(file);
      },
    });
    if (!checkAside) return database;
    try {
      await this.#checkAside(database, options);
      isSound = true;
      return database;
    } catch (error) {
      await database.db.destroy();
      throw error;
    }
  }

  async #checkAside({ db }: Database, { say, signal }: OpenOptions): Promise<void> {
    await sql`pragma wal_checkpoint(truncate)`.execute(db);
    const identity = identityOf(this.file);
    if (this.#checked?.identity !== identity) {
      await say(beingChecked(this.file));
      this.#checked = { identity, verdict: await verdictAside(this.file, signal) };
    }
    assertSound(this.file, this.#checked.verdict);
  }
}

function isLarge(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > AT_ONCE_MIB * MIB;
}

function beingChecked(file: string): RotorError {
  const mib = Math.round(statSync(file).size / MIB);
  return new RotorError(
    'journal_unavailable',
    `${file} (${mib} MiB) was not closed in order, or was touched since, and is being checked before anything starts`,
    { hint: 'Wait: it takes seconds for a gigabyte, and as long as reading all of it from a slow disk.' },
  );
}
