import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { ApiToken, TOKEN_FILE } from '../../src/triggers/api-token.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { openApi } from './api-app.js';

/** The API over a journal in memory, and a client that has its token. */
export class ApiWorld {
  private constructor(
    readonly folder: string,
    readonly clock: VirtualClock,
    readonly journal: KyselyJournal,
    readonly app: NestFastifyApplication,
    readonly token: string,
  ) {}

  static async open(): Promise<ApiWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'rotor-api-'));
    const clock = new VirtualClock();
    const journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
    const apiToken = await ApiToken.open(folder);
    const token = (await readFile(join(folder, TOKEN_FILE), 'utf8')).trim();
    return new ApiWorld(folder, clock, journal, await openApi(journal, clock, apiToken), token);
  }

  async ask(method: 'GET' | 'POST', url: string, body?: object, headers: Record<string, string> = {}) {
    const payload = body === undefined ? {} : { payload: body };
    const authorization = `Bearer ${this.token}`;
    const reply = await this.app.inject({ method, url, headers: { authorization, ...headers }, ...payload });
    return { status: reply.statusCode, headers: reply.headers, body: reply.json<Record<string, unknown>>() };
  }

  async close(): Promise<void> {
    await this.app.close();
    await rm(this.folder, { recursive: true });
  }
}
