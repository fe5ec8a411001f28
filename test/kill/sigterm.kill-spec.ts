import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { whatHolds } from '../../src/demo/count.js';
import { SECRET_ID } from '../../src/demo/config.js';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import type { StateName } from '../../src/rotation/run.js';
import type { FaultOperation } from '../../src/sandbox/faults.js';
import type { OperationName } from '../../src/sandbox/secrets-manager/index.js';
import { until } from '../fakes/until.js';
import { PROGRAMS } from '../sandbox/agents-world.js';
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
};

const late = (operation: FaultOperation, times = 1) => ({
  by: ({ sandbox }: DemoWorld) =>
    void sandbox.faults.add({ operation, effect: { kind: 'delay', ms: HELD_MS }, times }),
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
    { step: 'prepare', state: 'preparing', hold: late('get-deployment', 3) },
    { step: 'anchor', state: 'anchoring', hold: storeLate('PutSecretValue') },
    { step: 'reset, asked', state: 'resetting', hold: late('deployment-apm-reset-secret-token') },
    {
      step: 'reset, its token on the way to the store',
      state: 'resetting',
      hold: storeLate('PutSecretValue', undefined, 1),
    },
    ...LAST,
  ],
  fleet: [
    { step: 'prepare', state: 'preparing', hold: late('get-package-policy', 3) },
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
        for (const step of steps) await endedIn(step, world);
      } finally {
        await world.close(false);
      }
    },
    LONGEST_MS,
  );
});

async function endedIn({ step, state, hold, before }: Step, world: DemoWorld): Promise<void> {
  const { daemon, sandbox, secrets, deployment } = world;
  const resets = sandbox.ledger.of('token.reset').length;
  before?.(world);
  if (hold?.from === undefined) hold?.by(world);
  const id = await started(world);
  const isIn = (wanted: StateName) => async () => (await daemon.run(id)).state === wanted;
  if (hold?.from !== undefined) {
    await until(`${step}: ${hold.from}`, isIn(hold.from), REACHED_WITHIN_MS);
    hold.by(world);
  }
  await until(`${step}: ${state}`, isIn(state), REACHED_WITHIN_MS);
  const began = performance.now();
  const exit = await daemon.stop();
  const tookMs = Math.round(performance.now() - began);
  expect({ step, exit, inTime: tookMs < GRACE_MS }).toEqual({ step, exit: 0, inTime: true });
  expect({ step, journal: integrityOf(world) }).toEqual({ step, journal: 'ok' });
  await daemon.start();
  const { outcome, reason } = await ended(world, id);
  expect({ step, ...(await (await daemon.client()).audit()) }).toMatchObject({ step, faults: [] });
  const { acceptedIsStored, acceptedIsCurrent, accepted } = whatHolds(deployment, secrets);
  const isAsked = deployment.mode === 'standalone' ? 1 : 0;
  expect({
    step,
    resets: sandbox.ledger.of('token.reset').length - resets,
    acceptedIsStored,
    acceptedIsCurrent,
    accepted,
  }).toEqual({ step, resets: isAsked, acceptedIsStored: true, acceptedIsCurrent: true, accepted: 1 });
  process.stdout.write(
    `${deployment.name}: SIGTERM in ${step}: exit after ${tookMs} ms, run ${reason ?? outcome ?? 'none'}\n`,
  );
}

/** Of the file itself, while nobody has it open. */
function integrityOf({ folder }: DemoWorld): unknown {
  const database = new DatabaseSync(join(folder, 'state', 'journal.db'), { readOnly: true });
  try {
    return database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  } finally {
    database.close();
  }
}
