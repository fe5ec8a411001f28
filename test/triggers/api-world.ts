import { sql } from 'kysely';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Database } from '../../src/journal/database.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { ApiToken, TOKEN_FILE } from '../../src/triggers/api-token.js';
import { assertDocumented, type Answered } from './api/answer-check.js';
import { OverdueTrigger } from '../../src/triggers/overdue.trigger.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { openApi, type Surroundings } from './api-app.js';

/** The API over a journal in memory, and a client that has the owner's token. */
export class ApiWorld {
  private constructor(
    readonly folder: string,
    readonly clock: VirtualClock,
    readonly journal: KyselyJournal,
    readonly app: NestFastifyApplication,
    readonly token: string,
    private readonly database: Database,
    /** What was answered, by whichever way it was asked, and the document of the API does not say. */
    private readonly undocumented: readonly Error[],
  ) {}

  static async open(
    more: Partial<Omit<Surroundings, 'journal' | 'database' | 'clock' | 'apiToken' | 'heard'>> = {},
  ): Promise<ApiWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'rotor-api-'));
    const clock = new VirtualClock();
    const database = openSqlite(':memory:', clock);
    const journal = await KyselyJournal.open(database, clock, {
      subscribed: () => [{ notifier: 'ops', source: 'urn:rotor' }],
    });
    const apiToken = await ApiToken.open(folder);
    const token = (await readFile(join(folder, TOKEN_FILE), 'utf8')).trim();
    const undocumented: Error[] = [];
    const heard = (answer: Answered): void => {
      try {
        assertDocumented(answer);
      } catch (error) {
        undocumented.push(error as Error);
      }
    };
    const app = await openApi({ journal, database, clock, apiToken, heard, ...more });
    return new ApiWorld(folder, clock, journal, app, token, database, undocumented);
  }

  async ask(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    body?: object,
    headers: Record<string, string> = {},
  ) {
    const payload = body === undefined ? {} : { payload: body };
    const authorization = `Bearer ${this.token}`;
    const reply = await this.app.inject({ method, url, headers: { authorization, ...headers }, ...payload });
    this.#assertDocumented();
    return { status: reply.statusCode, headers: reply.headers, body: reply.json<Record<string, unknown>>() };
  }

  /** A new API token with these grants. */
  async tokenWith(grants: readonly string[], more: { expiresInDays?: number } = {}): Promise<string> {
    const made = await this.ask('POST', '/v1/tokens', { name: grants.join(' '), grants, ...more });
    return String(made.body['token']);
  }

  /** What the journal holds beside the runs, as it is written. */
  async dump() {
    const { db } = this.database;
    const acts = await db.selectFrom('act').selectAll().orderBy('number').execute();
    return { acts, tokens: await db.selectFrom('api_token').selectAll().execute() };
  }

  /** As somebody who writes to the journal past Rotor. */
  async tamper(statement: string): Promise<void> {
    await sql.raw(statement).execute(this.database.db);
  }

  /** As the minute's tick does. */
  async overdue(): Promise<void> {
    await this.app.get(OverdueTrigger).tick();
  }

  /** Throws where an answer was not as the document of the API says. */
  async close(): Promise<void> {
    await this.app.close();
    await rm(this.folder, { recursive: true });
    this.#assertDocumented();
  }

  #assertDocumented(): void {
    const [first] = this.undocumented;
    if (first) throw first;
  }
}
