import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sql } from 'kysely';
import { randomBytes } from 'node:crypto';
import type { Database } from '../../src/journal/database.js';
import type { Claim, Journal } from '../../src/journal/journal.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { Secret } from '../../src/rotation/secret.js';
import { ApiToken } from '../../src/triggers/api-token.js';
import { ScheduleTrigger } from '../../src/triggers/schedule.trigger.js';
import { until } from '../fakes/until.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { startPostgres, type Postgres } from '../journal/postgres.js';
import { openApi } from './api-app.js';

const DAY = 24 * 60 * 60_000;
/** Whoever polls looks once a second. */
const SOONER_THAN_A_POLL_MS = 500;
const ROUNDS = 5;
const WAIT_S = 20;

type Replica = {
  readonly app: NestFastifyApplication;
  readonly journal: KyselyJournal;
  readonly database: Database;
  /** Called by whoever begins to wait for a signal. */
  waits: () => void;
};

(startPostgres ? describe : describe.skip)('the API of two replicas on one database', () => {
  let postgres: Postgres;
  let url: Secret;
  let clock: VirtualClock;
  let here: Replica;
  let there: Replica;
  const token = new Secret(randomBytes(32).toString('hex'));

  beforeAll(async () => {
    if (startPostgres) postgres = await startPostgres();
  });
  afterAll(async () => postgres.stop());

  const replica = async (name: string, around = (journal: Journal) => journal): Promise<Replica> => {
    const named = new URL(url.reveal());
    named.searchParams.set('application_name', name);
    const opened = await openPostgres(new Secret(named.href));
    const { signals } = opened;
    const next: typeof signals.next = async (topic, signal) => {
      const heard = signals.next(topic, signal);
      made.waits();
      await heard;
    };
    const heard = {
      next,
      send: signals.send.bind(signals),
      sent: signals.sent.bind(signals),
      close: signals.close.bind(signals),
    };
    const database = { ...opened, signals: heard };
    const journal = await KyselyJournal.open(database, clock);
    const app = await openApi({
      journal: around(journal),
      database,
      clock,
      apiToken: await ApiToken.open('', token),
    });
    const made: Replica = { app, journal, database, waits: () => undefined };
    return made;
  };

  beforeEach(async () => {
    url = await postgres.database();
    clock = new VirtualClock();
    here = await replica('here');
    there = await replica('there');
  });
  afterEach(async () => {
    await Promise.all([here.app.close(), there.app.close()]);
  });

  const ask = async ({ app }: Replica, method: 'GET' | 'POST', path: string) => {
    const headers = { authorization: `Bearer ${token.reveal()}` };
    const reply = await app.inject({ method, url: path, headers });
    const { statusCode: status } = reply;
    return { status, location: reply.headers['location'], body: reply.json<Record<string, unknown>>() };
  };

  const started = async (): Promise<{ where: string; claim: Claim }> => {
    const { location } = await ask(here, 'POST', '/v1/rotations/checkout/runs');
    const claim = await here.journal.claim();
    if (!claim) throw new Error('nothing to work on');
    return { where: String(location), claim };
  };

  /** Waits for news over there, lets `between` happen when it does, adds an entry here; the answer, and how long it took. */
  const news = async ({ where, claim }: Awaited<ReturnType<typeof started>>, between = async () => {}) => {
    const { seq } = (await ask(there, 'GET', where)).body;
    const waits = new Promise<void>((resolve) => (there.waits = resolve));
    const answer = ask(there, 'GET', `${where}?wait=${WAIT_S}s&since=${String(seq)}`);
    await waits;
    await between();
    const began = performance.now();
    await here.journal.append(claim, { note: 'news' });
    expect((await answer).body).toMatchObject({ seq: Number(seq) + 1 });
    return performance.now() - began;
  };

  const cutListener = async (): Promise<void> => {
    const listening = sql<{ pid: number }>`
      select pid from pg_stat_activity where application_name = 'there' and query like 'listen%'`;
    await sql`select pg_terminate_backend(pid) from (${listening}) as listening`.execute(here.database.db);
    await until('nobody listens over there', async () => {
      const { rows } = await listening.execute(here.database.db);
      return rows.length === 0;
    });
  };

  it('answers a wait on one as soon as the other has news', async () => {
    const run = await started();
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) took.push(await news(run));
    expect(took.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]).toBeLessThan(SOONER_THAN_A_POLL_MS);
  });

  it('answers a wait also where the signal was lost, and hears again later', async () => {
    const run = await started();
    expect(await news(run, cutListener)).toBeLessThan(WAIT_S * 1_000);
    await until('the other is heard again', async () => (await news(run)) < SOONER_THAN_A_POLL_MS, 30_000);
  });

  it('tells on one at once what happens on the other', async () => {
    const { next } = (await ask(there, 'GET', '/v1/events?after=now')).body;
    const waits = new Promise<void>((resolve) => (there.waits = resolve));
    const answer = ask(there, 'GET', `/v1/events?after=${String(next)}&wait=${WAIT_S}s`);
    await waits;
    const began = performance.now();
    await ask(here, 'POST', '/v1/rotations/checkout/runs');
    expect((await answer).body).toMatchObject({ events: [{ rotation: 'checkout', seq: 1 }] });
    expect(performance.now() - began).toBeLessThan(WAIT_S * 500);
  });

  it('shows a run at once on the other, which refuses a second one and says where the first is', async () => {
    const { location, body } = await ask(here, 'POST', '/v1/rotations/checkout/runs');
    expect(await ask(there, 'GET', String(location))).toMatchObject({
      status: 200,
      body: { id: body['id'] },
    });
    const second = await ask(there, 'POST', '/v1/rotations/checkout/runs');
    expect(second).toMatchObject({ status: 409, location, body: { code: 'rotation_in_progress' } });
  });

  it('lets one of two requests at the same moment start a run, and tells the other where it is', async () => {
    const both = await Promise.all(
      [here, there].map(async (one) => ask(one, 'POST', '/v1/rotations/checkout/runs')),
    );
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([202, 409]));
    expect(new Set(both.map(({ location }) => location)).size).toBe(1);
  });

  it('starts what is due once, although a replica acts late on what it decided before the other one', async () => {
    const [decided, thawed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const frozen = await replica('frozen', (journal) => frozenAtOpening(journal, decided, thawed));
    await frozen.app.get(ScheduleTrigger).tick();
    clock.advance(31 * DAY);
    const late = frozen.app.get(ScheduleTrigger).tick();
    await decided.promise;
    await there.app.get(ScheduleTrigger).tick();
    const claim = await there.journal.claim();
    if (!claim) throw new Error('nothing was due');
    await there.journal.append(claim, {
      state: { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' },
    });
    thawed.resolve();
    await late;
    expect(await here.journal.list({ limit: 9 })).toMatchObject([{ id: claim.runId }]);
    await frozen.app.close();
  });
});

/** Stands still between its decision to open a run and the attempt. */
function frozenAtOpening(
  journal: Journal,
  decided: { resolve: () => void },
  thawed: { promise: Promise<void> },
): Journal {
  return new Proxy(journal, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (name === 'open') {
        return async (run: Parameters<Journal['open']>[0]) => {
          decided.resolve();
          await thawed.promise;
          return target.open(run);
        };
      }
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
