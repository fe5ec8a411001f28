import { join } from 'node:path';
import type { Config } from './config/index.js';
import type { RawEnv } from './config/secret-ref.js';
import { secretFromVariable } from './config/secret-ref.js';
import type { Database } from './journal/database.js';
import type { Journal } from './journal/journal.js';
import { KyselyJournal } from './journal/kysely-journal.js';
import { openPostgres } from './journal/postgres.js';
import { openSqlite } from './journal/sqlite.js';
import { openStateDir } from './journal/state-dir.js';
import { systemClock } from './rotation/clock.js';
import { ApiToken } from './triggers/api-token.js';

/** What outlives the process. */
export type Storage = { readonly journal: Journal; readonly apiToken: ApiToken };

/** Throws `journal_unavailable`, retryable where what is wrong may pass or be mended, and then leaves nothing open. */
export async function openStorage(config: Config, env: RawEnv): Promise<Storage> {
  openStateDir(config.stateDir);
  const database = await openDatabase(config, env);
  const journal = await KyselyJournal.open(database, systemClock, { soleWorker: !database.isShared });
  try {
    return { journal, apiToken: await ApiToken.open(config.stateDir) };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** PostgreSQL where it is named, for several replicas; else a file in the state directory, for this process alone. */
async function openDatabase(config: Config, env: RawEnv): Promise<Database> {
  if (env['DATABASE_URL'] || env['DATABASE_URL_FILE'])
    return openPostgres(secretFromVariable('DATABASE_URL', env));
  return openSqlite(join(config.stateDir, 'journal.db'), systemClock);
}
