import type { KyselyPlugin } from 'kysely';
import type { Database } from '../../src/journal/database.js';

type Work = () => Promise<void>;

/** A database in which something happens between the reads of somebody else. */
export class Interrupted {
  readonly database: Database;
  #after: Work | undefined;
  #isAtIt = false;

  constructor(database: Database) {
    const { db, isShared } = database;
    this.database = {
      ...database,
      db: db.withPlugin(pluginOf(async () => this.#happen())),
      snapshot: async (work) => {
        const begun: Promise<void>[] = [];
        const happen = async (): Promise<void> => {
          const happening = this.#happen();
          // In SQLite there is one connection: whoever writes has it when the snapshot gives it back.
          if (isShared) await happening;
          else begun.push(happening);
        };
        const result = await database.snapshot(async (tx) => work(tx.withPlugin(pluginOf(happen))));
        await Promise.all(begun);
        return result;
      },
    };
  }

  /** `work` happens when a statement has been answered, and before who asked hears of it; its own are left alone. */
  afterEach(work: Work | undefined): void {
    this.#after = work;
  }

  async #happen(): Promise<void> {
    if (this.#isAtIt || !this.#after) return;
    this.#isAtIt = true;
    try {
      await this.#after();
    } finally {
      this.#isAtIt = false;
    }
  }
}

function pluginOf(happen: Work): KyselyPlugin {
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      await happen();
      return result;
    },
  };
}
