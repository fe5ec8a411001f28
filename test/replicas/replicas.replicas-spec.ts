import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql, type Kysely } from 'kysely';
import type { Daemon } from '../../src/demo/daemon.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openPostgres } from '../../src/journal/postgres.js';
import type { Tables } from '../../src/journal/tables.js';
import { systemClock } from '../../src/rotation/clock.js';
import { createRandom } from '../../src/sandbox/random.js';
import { until } from '../fakes/until.js';
import { startPostgres, type Postgres } from '../journal/postgres.js';
import { accountFor, strike, TAKEOVER_MS, type Blow, type Takeover } from './blows.js';
import { openCluster, peakMemory, type Cluster } from './cluster.js';
import { breachesIn, handoversIn } from './leases.js';
import { harmIn, outcomesOf, rotatedTwice } from './verdict.js';
import { Witness } from './witness.js';

const ROTATIONS = Number(process.env['ROTATIONS'] ?? 300);
const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);
const NAMES = ['replica-1', 'replica-2', 'replica-3'];
/** Of one of them, drawn by the seed; longer than a lease. */
const CLOCK_OFF_MS = -30_000;
const MINUTE_MS = 60_000;
/** A run whose reset left no trace waits a minute for it, and the next one another minute. */
const ENDS_WITHIN_MS = 10 * MINUTE_MS;
const LONGEST_MS = 20 * MINUTE_MS;
const LOOK_MS = 250;
const KNOWN_FOR_MS = 10 * MINUTE_MS;
/** Of the runs, on a machine that is too busy: where renewing does not work at all, every run changes hands. */
const TOO_SLOW_AT_MOST = 0.1;
/** Of one rotation: it is due once a day, and tries again where it fails. */
const RUNS_AT_MOST = 100;

describe(`three replicas, ${ROTATIONS} rotations due at once (SEED=${SEED})`, () => {
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    postgres = await startPostgres?.();
  }, LONGEST_MS);
  afterAll(async () => postgres?.stop(), LONGEST_MS);

  (startPostgres ? it : it.skip)(
    'rotate each once, although one is killed, one is frozen, and the database is restarted',
    async () => {
      if (!postgres) throw new Error('there is no PostgreSQL');
      await campaign(postgres);
    },
    LONGEST_MS,
  );
});

async function campaign(postgres: Postgres): Promise<void> {
  const random = createRandom(SEED);
  const url = await postgres.database();
  await using rising = new AsyncDisposableStack();
  const cluster = await openCluster({ seed: SEED, rotations: ROTATIONS, database: url });
  rising.defer(async () => cluster.close());
  const withClockOff = random.pick(NAMES);
  // All at once on an empty database: each of them finds that its tables have to be made.
  const replicas = await startAll(cluster, (name) => (name === withClockOff ? CLOCK_OFF_MS : 0));
  const database = await openPostgres(url);
  const journal = await KyselyJournal.open(database, systemClock);
  rising.defer(async () => journal.close());
  const witness = await Witness.of(database.db);

  const began = Date.now();
  await makeDue(database.db);
  const startAnew = async (who: string): Promise<void> => {
    const anew = cluster.replica(`${who}-anew`);
    // As whatever supervises it does: the database may be away at this moment.
    const isUp = async (): Promise<boolean> =>
      anew.start().then(
        () => true,
        () => false,
      );
    await until(`${who} starts again`, isUp, MINUTE_MS, LOOK_MS);
    replicas.delete(who);
    replicas.set(`${who}-anew`, anew);
  };
  const { ledger } = cluster.sandbox;
  const stage = { replicas, startAnew, postgres, witness, ledger, rotations: ROTATIONS };
  const blows = await strike(stage, random);
  await until('every rotation has ended', async () => isDone(database.db), ENDS_WITHIN_MS, LOOK_MS);
  const wallMs = Date.now() - began;

  const runs = await journal.list({ limit: RUNS_AT_MOST * ROTATIONS });
  const harm = await harmIn(cluster, journal, runs);
  const writes = await witness.writes();
  const { takeovers, tooSlow } = accountFor(handoversIn(writes), blows);
  const slowestMs = Math.max(0, ...takeovers.map(({ afterMs }) => afterMs));
  const memory = await Promise.all([...replicas.values()].map(peakMemory));
  say(`${outcomesOf(runs)}; ${seconds(wallMs)} s; at most ${Math.max(...memory)} MiB in a replica`);
  if (tooSlow.length > 0)
    say(`NOTE: ${tooSlow.length} runs changed hands since this machine is too busy to renew in time`);
  if (!postgres.isOurs)
    say('NOTE: the server of DATABASE_URL is not ours to restart: its connections were cut');
  say(
    `replicas ${NAMES.length}, rotations ${ROTATIONS}, kills 1, freezes 1, database restarts ${postgres.isOurs ? 1 : 0}, ` +
      `runs ${runs.length}, takeovers ${takeovers.length} (slowest ${seconds(slowestMs)} s), lost ${harm.lost.length}, ` +
      `double resets ${harm.doubleResets.length}, wrong current ${harm.wrongCurrent.length}`,
  );
  expect(harm).toEqual({ lost: [], doubleResets: [], wrongCurrent: [], wrongFiles: [] });
  expect(rotatedTwice(runs)).toEqual([]);
  expect(breachesIn(writes)).toEqual([]);
  expect(tooSlow.length).toBeLessThanOrEqual(TOO_SLOW_AT_MOST * runs.length);
  expect(struckIn(blows, takeovers)).toEqual(['freeze', 'kill']);
  expect(slowestMs).toBeLessThanOrEqual(TAKEOVER_MS);
  for (const replica of replicas.values()) await expectWhole(replica, runs.length);
}

async function startAll(cluster: Cluster, clockOff: (name: string) => number): Promise<Map<string, Daemon>> {
  const replicas = new Map(NAMES.map((name) => [name, cluster.replica(name, clockOff(name))]));
  await Promise.all([...replicas.values()].map(async (one) => one.start()));
  return replicas;
}

/** The cron of all rotations fired some minutes ago, when, as the journal has it from now on, they were known already. */
async function makeDue(db: Kysely<Tables>): Promise<void> {
  const areKnown = async (): Promise<boolean> => {
    const known = await db.selectFrom('rotation').select('name').execute();
    return known.length === ROTATIONS;
  };
  await until('every rotation is known', areKnown, MINUTE_MS, LOOK_MS);
  await db
    .updateTable('rotation')
    .set((eb) => ({ first_seen_at: eb('first_seen_at', '-', KNOWN_FOR_MS) }))
    .execute();
}

/** Nothing is under way, and every rotation has a token that is current and delivered. */
async function isDone(db: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql<{ open: number; done: number }>`
    select count(*) filter (where ended = 0) as open,
      count(distinct rotation) filter (where mode = 'rotate' and settled_at is not null) as done from run`.execute(
    db,
  );
  return rows[0]?.open === 0 && rows[0].done === ROTATIONS;
}

/** Whichever replica is asked. */
async function expectWhole(replica: Daemon, runs: number): Promise<void> {
  const client = await replica.client();
  const states = (await client.rotations()).map(({ state }) => state);
  expect(new Set(states)).toEqual(new Set(['fresh']));
  expect(states).toHaveLength(ROTATIONS);
  expect(await client.audit()).toMatchObject({ runs, faults: [] });
}

/** A replica that had nothing to do when it was struck has proven nothing. */
function struckIn(blows: readonly Blow[], takeovers: readonly Takeover[]): string[] {
  const hasLost = (who: string): boolean => takeovers.some(({ from }) => from === who);
  return blows
    .flatMap((blow) => (blow.what !== 'restart' && hasLost(blow.who) ? [blow.what] : []))
    .toSorted();
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
