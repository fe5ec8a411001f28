import type { Random } from '../../src/sandbox/random.js';
import type { World } from '../simulation/world.js';
import { apmAnswer, issuerAnswer, storeAnswer } from './answers.js';
import { after, counted, type Trouble } from './trouble.js';

type Issuer = 'elastic-cloud' | 'fleet';

const HOUR_MS = 3_600_000;
/** About as long as a run takes. */
const RUN_MS = 120_000;
/** Rotor looks again for ten seconds; whoever lags longer is taken for one that has lost the version. */
const MOST_LAG_MS = 9_000;
const MOST = 5;

/** Up to five troubles, drawn for a world of this issuer. */
export function weather(random: Random, issuer: Issuer): Trouble[] {
  return Array.from({ length: random.int(MOST + 1) }, () => {
    const source = random.pick([issuerAnswer, apmAnswer, storeAnswer, happening, happening]);
    return source(random, issuer);
  });
}

function happening(random: Random, issuer: Issuer): Trouble {
  const common = [colleague, editor, clockStep, lateReads, sickDisk, deleted];
  const own = issuer === 'fleet' ? [halfWrite, brokenInput] : [failedPlan, switched];
  return random.pick([...common, ...own])(random);
}

function lateReads(random: Random): Trouble {
  const ms = random.int(MOST_LAG_MS);
  return {
    kind: 'eventual consistency',
    says: `reads of the store are ${ms} ms late`,
    strike: (world) => {
      world.secrets.faults.lag({ ms });
      return counted(world, 'fault', ({ effect }) => effect === 'stale');
    },
  };
}

function colleague(random: Random): Trouble {
  const ms = random.int(RUN_MS);
  return {
    kind: 'another person resets the token',
    says: `a colleague resets after ${ms} ms`,
    strike: after(ms, reset),
  };
}

/** The console offers no reset while a plan is pending, so that the colleague waits. */
function reset(world: World): void {
  if (world.deployment.pendingToken() === undefined) world.deployment.resetByColleague();
  else setTimeout(() => reset(world), 10_000);
}

function editor(random: Random): Trouble {
  const ms = random.int(RUN_MS);
  return {
    kind: 'another person edits the store',
    says: `somebody edits the store after ${ms} ms`,
    strike: after(ms, (world) => world.editStore()),
  };
}

function clockStep(random: Random): Trouble {
  const [step, ms] = [random.pick([-HOUR_MS, HOUR_MS]), random.int(RUN_MS)];
  return {
    kind: `the clock steps ${step > 0 ? '+' : '-'}1 h`,
    says: `the clock steps ${step / HOUR_MS} h after ${ms} ms`,
    strike: after(ms, ({ options }) => options.time.stepWall(step)),
  };
}

function sickDisk(random: Random): Trouble {
  const ill = random.pick(['full', 'read-only'] as const);
  // What still fits into the pages that are there is written also on a full disk.
  const [from, ms] = [random.int(RUN_MS), random.int(ill === 'full' ? 4 * RUN_MS : RUN_MS)];
  return {
    kind: ill === 'full' ? 'the disk is full' : 'the journal is read-only',
    says: `the disk is ${ill} for ${ms} ms, ${from} ms from now`,
    strike: ({ disk }) => {
      setTimeout(() => {
        void disk.suffer(ill);
        setTimeout(() => void disk.suffer('none'), ms);
      }, from);
      return () => disk.refusals(ill);
    },
  };
}

function failedPlan(): Trouble {
  return {
    kind: 'a plan fails',
    says: 'the next plan fails',
    strike: (world) => {
      world.deployment.failNextPlan();
      return counted(world, 'plan.failed');
    },
  };
}

function deleted(random: Random): Trouble {
  const ms = random.int(RUN_MS);
  return {
    kind: 'the deployment is deleted',
    says: `the deployment is deleted after ${ms} ms`,
    strike: after(ms, ({ deployment }) => deployment.delete()),
  };
}

function switched(random: Random): Trouble {
  const kind = 'the APM Server comes to be managed';
  if (random.int(2) === 0) {
    const ms = random.int(RUN_MS);
    return { kind, says: `${kind} after ${ms} ms`, strike: after(ms, manage) };
  }
  return {
    kind,
    says: `${kind} as soon as a plan is applied`,
    strike: (world) => {
      world.when('plan.applied', () => manage(world));
      return counted(world, 'plan.applied');
    },
  };
}

/** That is a plan of its own, which no other may be pending for. */
function manage(world: World): void {
  const { deployment } = world;
  if (deployment.mode === 'managed') return;
  if (deployment.pendingToken() === undefined) deployment.switchToManaged();
  else setTimeout(() => manage(world), 10_000);
}

function halfWrite(): Trouble {
  return {
    kind: 'Kibana dies between saving and telling',
    says: 'Kibana dies between saving and telling',
    strike: (world) => {
      world.deployment.kibana.dieBetweenWriteAndBump();
      return counted(world, 'policy.saved');
    },
  };
}

function brokenInput(random: Random): Trouble {
  const ms = random.int(600_000);
  return {
    kind: 'no policy can be loaded',
    says: `no policy can be loaded for ${ms} ms`,
    strike: (world) => {
      const { kibana } = world.deployment;
      kibana.failInput('error unpacking config data');
      let isBroken = true;
      setTimeout(() => {
        isBroken = false;
        kibana.repairInput();
      }, ms);
      return counted(world, 'policy.saved', () => isBroken);
    },
  };
}
