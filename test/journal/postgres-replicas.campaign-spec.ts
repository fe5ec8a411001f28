import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Database } from '../../src/journal/database.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { LEASE_MS } from '../../src/journal/leases.js';
import { openPostgres } from '../../src/journal/postgres.js';
import { systemClock } from '../../src/rotation/clock.js';
import { Secret } from '../../src/rotation/secret.js';
import { aRun } from '../contracts/journal.contract.js';
import { until } from '../fakes/until.js';
import { startPostgres, type Postgres } from './postgres.js';
import { SilentProxy } from './silent-proxy.js';

const DEFAULT_PORT = 5432;
/** Far below the quarter of an hour after which TCP gives up. */
const HEARS_WITHIN_MS = 30_000;
const SAY_AGAIN_MS = 500;
/** Below what a supervisor gives a process before it kills it. */
const ENDS_WITHIN_MS = 6_000;

/** What the other says of the run, again and again, reaches this one by the database. */
async function hears(one: KyselyJournal, other: KyselyJournal, run: string): Promise<boolean> {
  const stop = new AbortController();
  let isHeard = false;
  const hear = async (): Promise<void> => {
    await one.nextSign(run, stop.signal);
    isHeard = true;
  };
  const heard = hear();
  const say = async (): Promise<boolean> => {
    await other.ask(run, { what: 'retry', reason: 'the key is back' }, () => undefined);
    return isHeard;
  };
  try {
    await until('what the other says is heard', say, HEARS_WITHIN_MS, SAY_AGAIN_MS);
    return true;
  } finally {
    stop.abort();
    await heard;
  }
}

(startPostgres ? describe : describe.skip)('several replicas on PostgreSQL', () => {
  let server: Postgres;
  beforeAll(async () => {
    if (startPostgres) server = await startPostgres();
  });
  afterAll(async () => server.stop());

  const replicas: KyselyJournal[] = [];
  let url: Secret;
  let database: Database;
  const never = new AbortController().signal;

  const replica = async (): Promise<KyselyJournal> => {
    database = await openPostgres(url);
    const journal = await KyselyJournal.open(database, systemClock);
    replicas.push(journal);
    return journal;
  };
  beforeEach(async () => {
    url = await server.database();
  });
  afterEach(async () => {
    await Promise.all(replicas.splice(0).map(async (one) => one.close()));
  });

  it('may all start at once on an empty database', async () => {
    const journals = await Promise.all([replica(), replica(), replica()]);
    for (const journal of journals) expect(await journal.list({ limit: 1 })).toEqual([]);
  });

  it('let one of them open a run that all find due, and say to the others which one', async () => {
    const journals = await Promise.all([replica(), replica(), replica()]);
    const asked = await Promise.allSettled(journals.map(async (journal) => journal.open(aRun())));
    const [run] = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
    const refused = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    const inProgress = expect.objectContaining({ code: 'rotation_in_progress', runId: run });
    expect(refused).toEqual([inProgress, inProgress]);
  });

  it('never share a run, and leave none', async () => {
    const journals = [await replica(), await replica(), await replica()] as const;
    const [first] = journals;
    for (let run = 0; run < 30; run += 1)
      await first.open(aRun({ rotation: `rotation ${run}`, storeKey: `store:${run}` }));
    const takeAll = async (journal: KyselyJournal): Promise<string[]> => {
      const taken: string[] = [];
      for (let claim = await journal.claim(); claim; claim = await journal.claim()) taken.push(claim.runId);
      return taken;
    };
    const claimed = (await Promise.all(journals.map(takeAll))).flat();
    expect(claimed).toHaveLength(30);
    expect(new Set(claimed).size).toBe(30);
  });

  it('refuse the entry of one that was taken over while it was frozen', async () => {
    const [frozen, other] = [await replica(), await replica()];
    await frozen.open(aRun());
    const old = await frozen.claim();
    if (!old) throw new Error('nothing to work on');
    await database.db
      .updateTable('run')
      .set({ lease_until: sql`lease_until - ${LEASE_MS}` })
      .execute();
    expect(await other.claim()).toMatchObject({ runId: old.runId, epoch: old.epoch + 1 });
    await expect(frozen.append(old, { note: 'zombie' })).rejects.toMatchObject({ code: 'lease_lost' });
  });

  it('wake each other', async () => {
    const [one, other] = [await replica(), await replica()];
    const run = await one.open(aRun());
    const claim = await other.claim();
    if (!claim) throw new Error('nothing to work on');
    const heard = one.waitForChange(run.id, 1, 30_000, never);
    await other.append(claim, { note: 'news' });
    await heard;
    expect(await one.entries(run.id)).toHaveLength(2);
  });

  it('go on when the database was restarted', async () => {
    const journal = await replica();
    const run = await journal.open(aRun());
    await server.restart();
    expect(await journal.find(run.id)).toMatchObject({ id: run.id });
    expect(await journal.claim()).toMatchObject({ runId: run.id });
  });

  it.each(['fast', 'immediate'] as const)(
    'survive a restart of the database (%s) in the middle of a transaction',
    async (how) => {
      const journal = await replica();
      const broken = database.db.transaction().execute(async (tx) => {
        await sql`select 1`.execute(tx);
        await server.restart(how);
        await sql`select 1`.execute(tx);
      });
      await expect(broken).rejects.toThrow(/connection|terminat/i);
      const run = await journal.open(aRun());
      expect(await journal.claim()).toMatchObject({ runId: run.id });
    },
  );

  describe('when the machine of the database has gone without a word', () => {
    let proxy: SilentProxy;
    /** Reached by the proxy, as nobody before it is. */
    const behindProxy = async (): Promise<KyselyJournal> => {
      const { hostname, port } = new URL(url.reveal());
      proxy = await SilentProxy.to(hostname, Number(port || DEFAULT_PORT));
      const through = new URL(url.reveal());
      through.host = `127.0.0.1:${proxy.port}`;
      url = new Secret(through.href);
      return replica();
    };
    afterEach(async () => proxy.close());

    it('go on', async () => {
      const journal = await behindProxy();
      const run = await journal.open(aRun());
      proxy.fallSilent();
      await expect(journal.find(run.id)).rejects.toMatchObject({ code: 'journal_unavailable' });
      expect(await journal.find(run.id)).toMatchObject({ id: run.id });
    });

    it('hear each other again', async () => {
      const other = await replica();
      const journal = await behindProxy();
      const { id } = await other.open(aRun());
      expect(await hears(journal, other, id)).toBe(true);
      proxy.fallSilent();
      expect(await hears(journal, other, id)).toBe(true);
    });

    it('can be ended', async () => {
      const other = await replica();
      const journal = await behindProxy();
      const { id } = await other.open(aRun());
      expect(await hears(journal, other, id)).toBe(true);
      await journal.find(id);
      proxy.fallSilent();
      const began = performance.now();
      await journal.close();
      expect(performance.now() - began).toBeLessThan(ENDS_WITHIN_MS);
      replicas.splice(replicas.indexOf(journal), 1);
    });
  });

  it('take the run of one that was frozen in the middle of a transaction, and open others', async () => {
    const other = await replica();
    await replica();
    const run = await other.open(aRun());
    const [holds, thaw] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const frozen = database.db.transaction().execute(async (tx) => {
      await database.lockOpening(tx);
      await sql`select id from run where id = ${run.id} for update`.execute(tx);
      holds.resolve();
      await thaw.promise;
      await sql`select 1`.execute(tx);
    });
    const said = frozen.then(() => 'nothing', String);
    await holds.promise;
    await until('the run is taken over', async () => (await other.claim())?.runId === run.id, LEASE_MS);
    await other.open(aRun({ rotation: 'other', storeKey: 'store:other' }));
    thaw.resolve();
    expect(await said).toMatch(/connection|terminat|timeout/i);
  });
});
