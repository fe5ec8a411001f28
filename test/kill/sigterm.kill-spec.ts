import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SECRET_ID } from '../../src/demo/config.js';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import type { StateName } from '../../src/rotation/run.js';
import type { FaultOperation } from '../../src/sandbox/faults.js';
import type { OperationName } from '../../src/sandbox/secrets-manager/index.js';
import { until } from '../fakes/until.js';
import { PROGRAMS } from '../sandbox/agents-world.js';
import { harmSince } from './harm.js';
import { ended, GRACE_MS, started } from './run.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);
const LONGEST_MS = 10 * 60_000;
/** So that the service is certainly found in the middle of it. */
const HELD_MS = 1_500;
const REACHED_WITHIN_MS = 60_000;

type Step = {
  readonly step: string;
  readonly state: StateName;
  /** Makes the step last, from the moment on that the state before it is reached. */
  readonly hold?: { readonly from?: StateName; readonly by: (world: DemoWorld) => void };
  readonly before?: (world: DemoWorld) => void;
  /** Where it takes longer than otherwise: below what deploy/rotor.service allows. */
  readonly graceMs?: number;
};

const late = (operation: FaultOperation, { times = 1, ms = HELD_MS } = {}) => ({
  by: ({ sandbox }: DemoWorld) =>
    void sandbox.faults.add({ operation, effect: { kind: 'delay', ms }, times }),
});
const storeLate = (operation: OperationName, from?: StateName, skip = 0) => ({
  by: ({ secrets }: DemoWorld) =>
    void secrets.faults.inject(operation, { effect: 'answer-late', ms: HELD_MS }, 1, skip),
  ...(from !== undefined && { from }),
});

const LAST: readonly Step[] = [
  { step: 'accept', state: 'accepting' },
  {
    step: 'promote',
    state: 'promoting',
    hold: storeLate('UpdateSecretVersionStage', 'accepting'),
  },
  { step: 'settle', state: 'settling' },
  { step: 'deliver', state: 'settled' },
];

const STEPS = {
  'elastic-cloud': [
    // The watch looks as well, and may take one of them.
    { step: 'prepare', state: 'preparing', hold: late('get-deployment', { times: 3 }) },
    { step: 'anchor', state: 'anchoring', hold: storeLate('PutSecretValue') },
    { step: 'reset, asked', state: 'resetting', hold: late('deployment-apm-reset-secret-token') },
    {
      // The one request that is waited for as long as its answer may still come: its token is told once.
      step: 'reset, without an answer',
      state: 'resetting',
      hold: late('deployment-apm-reset-secret-token', { ms: 60_000 }),
      graceMs: 45_000,
    },
    {
      step: 'reset, its token on the way to the store',
      state: 'resetting',
      hold: storeLate('PutSecretValue', undefined, 1),
    },
    ...LAST,
  ],
  fleet: [
    { step: 'prepare', state: 'preparing', hold: late('get-package-policy', { times: 3 }) },
    {
      step: 'anchor',
      state: 'anchoring',
      before: ({ secrets }) => void secrets.moveLabelBySomeoneElse(SECRET_ID),
      hold: storeLate('PutSecretValue'),
    },
    { step: 'stage', state: 'prepared', hold: storeLate('PutSecretValue') },
    { step: 'set', state: 'setting', hold: late('put-package-policy') },
    ...LAST,
  ],
} satisfies Readonly<Record<string, readonly Step[]>>;

const AS_IT_SHOULD = {
  exit: 0 as number | null,
  isInTime: true,
  journal: 'ok',
  faults: 0,
  state: 'ended',
  lost: false,
  doubleReset: false,
  wrongCurrent: false,
};

describe(`SIGTERM in every step (SEED=${SEED})`, () => {
  it.concurrent.each(Object.entries(STEPS))(
    'ends the service in time, and the run goes on after it: %s',
    async (issuer, steps: readonly Step[]) => {
      const world = await startWorld({
        seed: SEED,
        issuer: issuer as keyof typeof STEPS,
        real: 0,
        simulated: 1,
        programs: PROGRAMS,
      });
      try {
        for (const step of steps)
          expect(await endIn(step, world)).toEqual({ step: step.step, ...AS_IT_SHOULD });
      } finally {
        await world.close(false);
      }
    },
    LONGEST_MS,
  );
});

/** What came of it. */
async function endIn(
  { step, state, hold, before, graceMs = GRACE_MS }: Step,
  world: DemoWorld,
): Promise<typeof AS_IT_SHOULD & { step: string }> {
  const { daemon, sandbox, deployment } = world;
  before?.(world);
  if (hold?.from === undefined) hold?.by(world);
  const id = await started(world);
  const begin = sandbox.ledger.entries.length;
  const isIn = (wanted: StateName) => async () => (await daemon.run(id)).state === wanted;
  if (hold?.from !== undefined) {
    await until(`${step}: ${hold.from}`, isIn(hold.from), REACHED_WITHIN_MS);
    hold.by(world);
  }
  await until(`${step}: ${state}`, isIn(state), REACHED_WITHIN_MS);
  const began = performance.now();
  const exit = await daemon.stop();
  const tookMs = Math.round(performance.now() - began);
  const journal = integrityOf(world);
  await daemon.start();
  const run = await ended(world, id);
  const { faults } = await (await daemon.client()).audit();
  const said = run.reason ?? run.outcome ?? 'none';
  process.stdout.write(`${deployment.name}: SIGTERM in ${step}: exit after ${tookMs} ms, run ${said}\n`);
  return {
    step,
    exit,
    isInTime: tookMs < graceMs,
    journal,
    faults: faults.length,
    state: run.state,
    ...harmSince(begin, world),
  };
}

/** Of the file itself, while nobody has it open. */
function integrityOf({ folder }: DemoWorld): string {
  const database = new DatabaseSync(join(folder, 'state', 'journal.db'), { readOnly: true });
  try {
    return String(database.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
  } finally {
    database.close();
  }
}
