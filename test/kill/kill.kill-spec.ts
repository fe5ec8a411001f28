import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import { PROGRAMS } from '../sandbox/agents-world.js';
import { createRandom, type Random } from '../../src/sandbox/random.js';
import { startPostgres } from '../journal/postgres.js';
import { harmSince } from './harm.js';
import { ended, GRACE_MS, started } from './run.js';

/** With SIGKILL, each one at a random moment of a run. */
const KILLS = Number(process.env['KILLS'] ?? 20);
const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);
/** A run of this world takes about 6 s; a takeover on PostgreSQL another 10 s. */
const LATEST_MS = 4_000;
/** An end takes about 5 s where three engines share two cores. */
const LONGEST_MS = 5 * 60_000 + KILLS * 20_000;
const LONGEST_ANSWER_MS = 1_500;
/** Of every four ends, one is asked for: SIGTERM. They are ends beyond the kills. */
const ASKED = 4;

type Counts = {
  lost: number;
  doubleResets: number;
  wrongCurrent: number;
  /** Runs that did not come to their end. */
  stuck: number;
};
type Sum = {
  kills: number;
  terms: number;
  runs: number;
  slowestTermMs: number;
  outcomes: Record<string, number>;
  harm: Counts;
};
/** AWS keeps a hundred versions of a secret for a day, of which each run makes two. */
const RUNS_A_WORLD = 40;
const NO_HARM: Counts = { lost: 0, doubleResets: 0, wrongCurrent: 0, stuck: 0 };

describe(`the real service, killed ${KILLS} times at random moments (SEED=${SEED})`, () => {
  it.concurrent(
    'on SQLite loses nothing and resets once a run',
    async () => {
      expect(await campaign('SQLite', 'elastic-cloud', async () => ({}))).toEqual(NO_HARM);
    },
    LONGEST_MS,
  );

  it.concurrent(
    'on SQLite loses nothing where Rotor chooses the token',
    async () => {
      expect(await campaign('SQLite, Fleet', 'fleet', async () => ({}))).toEqual(NO_HARM);
    },
    LONGEST_MS,
  );

  (startPostgres ? it.concurrent : it.skip)(
    'on PostgreSQL loses nothing and resets once a run',
    async () => {
      const server = await startPostgres?.();
      if (!server) throw new Error('there is no PostgreSQL');
      try {
        const place = async () => ({ DATABASE_URL: (await server.database()).reveal() });
        expect(await campaign('PostgreSQL', 'elastic-cloud', place)).toEqual(NO_HARM);
      } finally {
        await server.stop();
      }
    },
    LONGEST_MS,
  );
});

async function campaign(
  name: string,
  issuer: 'elastic-cloud' | 'fleet',
  /** Of a journal that is empty. */
  place: () => Promise<Record<string, string>>,
): Promise<Counts> {
  const random = createRandom(SEED).fork(name);
  const sum: Sum = { kills: 0, terms: 0, runs: 0, slowestTermMs: 0, outcomes: {}, harm: { ...NO_HARM } };
  while (isUnderWay(sum)) {
    const env = await place();
    const world = await startWorld({ seed: SEED, issuer, real: 0, simulated: 1, programs: PROGRAMS, env });
    try {
      for (let runs = 0; runs < RUNS_A_WORLD && isUnderWay(sum); runs += 1) await oneRun(world, random, sum);
      const client = await world.daemon.client();
      expect(await client.audit()).toMatchObject({ faults: [] });
    } finally {
      await world.close(false);
    }
  }
  report(name, sum);
  return sum.harm;
}

function isUnderWay({ kills, harm }: Sum): boolean {
  return kills < KILLS && harm.stuck === 0;
}

/** One rotation, with an end or two on its way, taken to its own end by whoever is there then. */
async function oneRun(world: DemoWorld, random: Random, sum: Sum): Promise<void> {
  const { daemon, sandbox } = world;
  slowDown(world, random);
  const id = await started(world);
  const begin = sandbox.ledger.entries.length;
  for (let ends = 0; ends < 2; ends += 1) {
    await delay(random.int(LATEST_MS));
    if ((await daemon.run(id)).state === 'ended') break;
    await end(world, random, sum);
  }
  const run = await ended(world, id);
  sum.runs += 1;
  const how = run.reason ?? run.outcome ?? run.state;
  sum.outcomes[how] = (sum.outcomes[how] ?? 0) + 1;
  const { lost, doubleReset, wrongCurrent } = harmSince(begin, world);
  if (run.state !== 'ended') sum.harm.stuck += 1;
  if (doubleReset) sum.harm.doubleResets += 1;
  if (lost) sum.harm.lost += 1;
  if (wrongCurrent) sum.harm.wrongCurrent += 1;
}

/** The answers to the writes that matter: an end between one and what follows from it is not that rare then. */
function slowDown({ sandbox, secrets }: DemoWorld, random: Random): void {
  for (const operation of ['deployment-apm-reset-secret-token', 'put-package-policy'] as const)
    sandbox.faults.add({ operation, effect: { kind: 'delay', ms: random.int(LONGEST_ANSWER_MS) } });
  for (const operation of ['PutSecretValue', 'UpdateSecretVersionStage'] as const)
    secrets.faults.inject(operation, { effect: 'answer-late', ms: random.int(LONGEST_ANSWER_MS) });
}

async function end({ daemon }: DemoWorld, random: Random, sum: Sum): Promise<void> {
  if (random.int(ASKED) > 0) {
    sum.kills += 1;
    await daemon.killAndRestart();
    return;
  }
  sum.terms += 1;
  const began = performance.now();
  expect(await daemon.stop()).toBe(0);
  sum.slowestTermMs = Math.max(sum.slowestTermMs, performance.now() - began);
  expect(sum.slowestTermMs).toBeLessThan(GRACE_MS);
  await daemon.start();
}

function report(engine: string, { kills, terms, runs, slowestTermMs, outcomes, harm }: Sum): void {
  const said = Object.entries(outcomes).map(([how, times]) => `${how} ${times}`);
  process.stdout.write(
    `${engine}: kills ${kills}, SIGTERM ${terms} (slowest ${Math.round(slowestTermMs)} ms), runs ${runs} ` +
      `(${said.join(', ')}), lost ${harm.lost}, double resets ${harm.doubleResets}, wrong current ${harm.wrongCurrent}, never ended ${harm.stuck}\n`,
  );
}
