import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { whatHolds } from '../../src/demo/count.js';
import { ROTATION } from '../../src/demo/config.js';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import { PROGRAMS } from '../sandbox/agents-world.js';
import { asRotorError } from '../../src/rotation/errors.js';
import { createRandom, type Random } from '../../src/sandbox/random.js';
import type { RunView } from '../../src/triggers/run-view.js';
import { postgresBin, PostgresServer } from '../journal/postgres-server.js';

/** Each one at a random moment of a run. */
const KILLS = Number(process.env['KILLS'] ?? 20);
const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);
/** A run of this world takes about 5 s; a takeover on PostgreSQL another 10 s. */
const LATEST_MS = 3_000;
/** After the last end, however it came. */
const ENDS_WITHIN_MS = 90_000;
const GRACE_MS = 10_000;
const LONGEST_MS = 20 * 60_000;
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
  const bin = postgresBin();
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    server = bin === undefined ? undefined : await PostgresServer.start(bin);
  }, LONGEST_MS);
  afterAll(async () => server?.stop());

  it(
    'on SQLite loses nothing and resets once a run',
    async () => {
      expect(await campaign('SQLite', 'elastic-cloud', {})).toEqual(NO_HARM);
    },
    LONGEST_MS,
  );

  it(
    'on SQLite loses nothing where Rotor chooses the token',
    async () => {
      expect(await campaign('SQLite, Fleet', 'fleet', {})).toEqual(NO_HARM);
    },
    LONGEST_MS,
  );

  (bin === undefined ? it.skip : it)(
    'on PostgreSQL loses nothing and resets once a run',
    async () => {
      const url = await server?.database();
      const env = { DATABASE_URL: url?.reveal() ?? '' };
      expect(await campaign('PostgreSQL', 'elastic-cloud', env)).toEqual(NO_HARM);
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

/** After a run that the watch may have begun meanwhile. */
async function started(world: DemoWorld): Promise<string> {
  for (;;) {
    try {
      return (await (await world.daemon.client()).start(ROTATION, 'rotate', 'kill test')).id;
    } catch (error) {
      const { code, runId } = asRotorError(error);
      if (code !== 'rotation_in_progress' || runId === undefined) throw error;
      await ended(world, runId);
    }
  }
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

async function ended({ daemon }: DemoWorld, id: string): Promise<RunView> {
  const deadline = performance.now() + ENDS_WITHIN_MS;
  while (performance.now() < deadline) {
    const run = await daemon.run(id);
    if (run.state === 'ended') return run;
    await daemon.run(id, { since: run.seq, seconds: 20 });
  }
  throw new Error(`the run ${id} has not ended within ${ENDS_WITHIN_MS} ms (SEED=${SEED})`);
}

function report(engine: string, { kills, terms, runs, slowestTermMs, outcomes, harm }: Sum): void {
  const said = Object.entries(outcomes).map(([how, times]) => `${how} ${times}`);
  process.stdout.write(
    `${engine}: kills ${kills}, SIGTERM ${terms} (slowest ${Math.round(slowestTermMs)} ms), runs ${runs} ` +
      `(${said.join(', ')}), lost ${harm.lost}, double resets ${harm.doubleResets}, wrong current ${harm.wrongCurrent}\n`,
  );
}
