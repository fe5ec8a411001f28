import type { Config } from './config/index.js';
import { databaseUrl, type RawEnv } from './config/env.js';
import { ApiTokens } from './journal/api-tokens.js';
import { bringUpToDate } from './journal/bring-up.js';
import type { Database } from './journal/database.js';
import { JournalFile, journalIn, type OpenOptions } from './journal/journal-file.js';
import type { Journal } from './journal/journal.js';
import { KyselyJournal } from './journal/kysely-journal.js';
import { openPostgres } from './journal/postgres.js';
import { openStateDir } from './journal/state-dir.js';
import { systemClock } from './rotation/clock.js';
import type { Secret } from './rotation/secret.js';
import { Subscriptions } from './wiring/webhooks.js';
import { ApiToken, givenApiToken } from './triggers/api-token.js';

/** What outlives the process. */
export type Storage = {
  readonly journal: Journal;
  readonly tokens: ApiTokens;
  /** Of whoever runs the service. */
  readonly apiToken: ApiToken;
  /** Of its journal. */
  readonly subscriptions: Subscriptions;
};

export class StorageOpener {
  readonly #file: JournalFile;
  readonly #givenToken: Secret | undefined;

  /** Throws `config_invalid` where the API token that is given could be guessed. */
  constructor(
    private readonly config: Config,
    private readonly env: RawEnv,
  ) {
    this.#givenToken = givenApiToken(env);
    this.#file = new JournalFile(journalIn(config.stateDir), systemClock);
  }

  /** Throws `journal_unavailable`, retryable where it may pass or be mended, and then leaves nothing open. */
  async open(options: OpenOptions): Promise<Storage> {
    const { stateDir } = this.config;
    openStateDir(stateDir);
    const database = await this.#database(options);
    const subscriptions = new Subscriptions(this.config);
    const journal = await KyselyJournal.open(database, systemClock, {
      soleWorker: !database.isShared,
      subscribed: subscriptions.subscribed,
    });
    try {
      const tokens = new ApiTokens(database, systemClock);
      const apiToken = await ApiToken.open(stateDir, this.#givenToken);
      return { journal, tokens, apiToken, subscriptions };
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  async close({ journal }: Storage): Promise<void> {
    await journal.close();
  }

  /** PostgreSQL where it is named, for several replicas; else a file in the state directory, for this process alone. */
  async #database(options: OpenOptions): Promise<Database> {
    const url = databaseUrl(this.env);
    if (!url) return this.#file.open(options);
    const database = await openPostgres(url);
    try {
      await bringUpToDate(database, url, options);
      return database;
    } catch (error) {
      await database.signals.close();
      await database.db.destroy();
      throw error;
    }
  }
}
