import { describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { whatHolds } from '../../src/demo/count.js';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import { PROGRAMS } from '../sandbox/agents-world.js';
import { createRandom, type Random } from '../../src/sandbox/random.js';
import { startPostgres } from '../journal/postgres.js';
import { ended, GRACE_MS, started } from './run.js';

/** Each one at a random moment of a run. */
const KILLS = Number(process.env['KILLS'] ?? 20);
const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);
/** A run of this world takes about 5 s; a takeover on PostgreSQL another 10 s. */
const LATEST_MS = 3_000;
/** An end takes about 5 s where three engines share two cores. */
const LONGEST_MS = 5 * 60_000 + KILLS * 20_000;
/** Of every four ends, one is asked for: SIGTERM. */
const ASKED = 4;

type Harm = { lost: number; doubleResets: number; wrongCurrent: number };
type Sum = {
  kills: number;
  terms: number;
  runs: number;
  slowestTermMs: number;
  outcomes: Record<string, number>;
  harm: Harm;
};
const NO_HARM: Harm = { lost: 0, doubleResets: 0, wrongCurrent: 0 };

describe(`the real service, ended ${KILLS} times at random moments (SEED=${SEED})`, () => {
  it.concurrent(
    'on SQLite loses nothing and resets once a run',
    async () => {
      expect(await campaign('SQLite', 'elastic-cloud', {})).toEqual(NO_HARM);
    },
    LONGEST_MS,
  );

  it.concurrent(
    'on SQLite loses nothing where Rotor chooses the token',
    async () => {
      expect(await campaign('SQLite, Fleet', 'fleet', {})).toEqual(NO_HARM);
    },
    LONGEST_MS,
  );

  (startPostgres ? it.concurrent : it.skip)(
    'on PostgreSQL loses nothing and resets once a run',
    async () => {
      const server = await startPostgres?.();
      if (!server) throw new Error('there is no PostgreSQL');
      try {
        const url = await server.database();
        expect(await campaign('PostgreSQL', 'elastic-cloud', { DATABASE_URL: url.reveal() })).toEqual(
          NO_HARM,
        );
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
  env: Record<string, string>,
): Promise<Harm> {
  const random = createRandom(SEED);
  const world = await startWorld({ seed: SEED, issuer, real: 0, simulated: 1, programs: PROGRAMS, env });
  const sum: Sum = { kills: 0, terms: 0, runs: 0, slowestTermMs: 0, outcomes: {}, harm: { ...NO_HARM } };
  try {
    while (sum.kills + sum.terms < KILLS) await oneRun(world, random, sum);
    const client = await world.daemon.client();
    expect(await client.audit()).toMatchObject({ faults: [] });
  } finally {
    await world.close(false);
  }
  report(name, sum);
  return sum.harm;
}

/** One rotation, with an end or two on its way, taken to its own end by whoever is there then. */
async function oneRun(world: DemoWorld, random: Random, sum: Sum): Promise<void> {
  const { daemon, sandbox, deployment, secrets } = world;
  const resets = () => sandbox.ledger.of('token.reset').length;
  const before = resets();
  const id = await started(world);
  for (let ends = 0; ends < 2; ends += 1) {
    await delay(random.int(LATEST_MS));
    if ((await daemon.run(id)).state === 'ended') break;
    await end(world, random, sum);
  }
  const run = await ended(world, id);
  sum.runs += 1;
  const how = run.reason ?? run.outcome ?? 'none';
  sum.outcomes[how] = (sum.outcomes[how] ?? 0) + 1;
  const { acceptedIsStored, acceptedIsCurrent } = whatHolds(deployment, secrets);
  if (resets() - before > 1) sum.harm.doubleResets += 1;
  if (!acceptedIsStored) sum.harm.lost += 1;
  if (!acceptedIsCurrent) sum.harm.wrongCurrent += 1;
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
      `(${said.join(', ')}), lost ${harm.lost}, double resets ${harm.doubleResets}, wrong current ${harm.wrongCurrent}\n`,
  );
}
