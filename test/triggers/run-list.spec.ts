import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { ApiToken, TOKEN_FILE } from '../../src/triggers/api-token.js';
import { aRun } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { openApi } from './api-app.js';

describe('the list of runs', () => {
  let folder: string;
  let app: NestFastifyApplication;
  let journal: KyselyJournal;
  let token: string;
  const clock = new VirtualClock();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-api-'));
    journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
    const apiToken = await ApiToken.open(folder);
    token = (await readFile(join(folder, TOKEN_FILE), 'utf8')).trim();
    app = await openApi(journal, clock, apiToken);
  });

  afterEach(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  const get = async (url: string) => {
    const reply = await app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${token}` } });
    return { status: reply.statusCode, headers: reply.headers, body: reply.json<Record<string, unknown>>() };
  };

  it('lists the newest runs first, of all rotations or of one', async () => {
    const opened = [];
    for (const rotation of ['checkout', 'search', 'billing']) {
      opened.push(await journal.open(aRun({ rotation, storeKey: rotation })));
      clock.advance(1);
    }
    const idsOf = async (query: string): Promise<string[]> => {
      const { body } = await get(`/v1/runs${query}`);
      return (body['runs'] as { id: string }[]).map(({ id }) => id);
    };
    const [first, second, third] = opened.map(({ id }) => id);
    expect(await idsOf('')).toEqual([third, second, first]);
    expect(await idsOf('?rotation=search')).toEqual([second]);
    expect(await idsOf('?rotation=nope')).toEqual([]);
    expect(await idsOf('?limit=2')).toEqual([third, second]);
  });

  it('lists runs page by page, and what is opened meanwhile moves none', async () => {
    const opened = [];
    for (let index = 0; index < 5; index += 1) {
      // Two of them in one millisecond.
      if (index !== 3) clock.advance(1);
      opened.push((await journal.open(aRun({ rotation: `app-${index}`, storeKey: `store:${index}` }))).id);
    }
    const seen: string[] = [];
    let where: string | null = '/v1/runs?limit=2';
    while (where !== null) {
      const { headers, body } = await get(where);
      seen.push(...(body['runs'] as { id: string }[]).map(({ id }) => id));
      const next = body['next'] as string | null;
      expect(headers['link']).toBe(next === null ? undefined : `<${next}>; rel="next"`);
      clock.advance(1);
      await journal.open(aRun({ rotation: `late-${seen.length}`, storeKey: `late:${seen.length}` }));
      where = next;
    }
    expect(seen.toSorted()).toEqual(opened.toSorted());
    expect(seen[0]).toBe(opened[4]);
  });

  it('lists the runs since a moment, and refuses what is no moment and no cursor', async () => {
    await journal.open(aRun());
    clock.advance(60_000);
    const since = new Date(clock.now()).toISOString();
    const late = await journal.open(aRun({ rotation: 'late', storeKey: 'late' }));
    expect((await get(`/v1/runs?since=${since}`)).body).toMatchObject({
      runs: [{ id: late.id }],
      next: null,
    });
    for (const query of ['since=yesterday', 'cursor=nonsense', 'limit=0', 'limit=201'])
      expect(await get(`/v1/runs?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'request_invalid' },
      });
  });
});
