import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import { journalContract } from '../contracts/journal.contract.js';

const folders: string[] = [];

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'rotor-journal-'));
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const made of folders.splice(0)) await rm(made, { recursive: true });
});

journalContract('on SQLite', async (clock) => {
  const file = join(await folder(), 'journal.db');
  let journal = await KyselyJournal.open(openSqlite(file, clock), clock);
  return {
    get journal() {
      return journal;
    },
    reopen: async () => {
      await journal.close();
      journal = await KyselyJournal.open(openSqlite(file, clock), clock);
      return journal;
    },
    passLease: async (ms) => clock.advance(ms),
    close: async () => journal.close(),
  };
});

describe('the SQLite file', () => {
  it('is refused to a second one who opens it, with a sentence that says what to do', async () => {
    const file = join(await folder(), 'journal.db');
    const first = await KyselyJournal.open(openSqlite(file, systemClock), systemClock);
    expect(() => openSqlite(file, systemClock)).toThrow(/in use by another process/);
    await first.close();
    openSqlite(file, systemClock);
  });

  it('is refused when it is something else', async () => {
    const file = join(await folder(), 'journal.db');
    await writeFile(file, 'not a database, but a letter to the operator '.repeat(40));
    expect(() => openSqlite(file, systemClock)).toThrow(/cannot be opened as a journal/);
  });
});
