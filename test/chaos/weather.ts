import type { Random } from '../../src/sandbox/random.js';
import type { FaultEffect, FaultOperation } from '../../src/sandbox/faults.js';
import type { Fault, OperationName } from '../../src/sandbox/secrets-manager/index.js';
import type { World } from '../simulation/world.js';

/** One thing that goes wrong: said for the report, and done to a world. */
export type Trouble = { readonly says: string; readonly strike: (world: World) => void };

const CLOUD: readonly FaultOperation[] = [
  'list-deployments',
  'get-deployment',
  'get-deployment',
  'deployment-apm-reset-secret-token',
  'deployment-apm-reset-secret-token',
];
const FLEET: readonly FaultOperation[] = [
  'list-package-policies',
  'get-package-policy',
  'get-agent-policy',
  'list-agents',
  'put-package-policy',
  'put-package-policy',
];
const STORE: readonly OperationName[] = [
  'DescribeSecret',
  'GetSecretValue',
  'PutSecretValue',
  'UpdateSecretVersionStage',
];
const STATUSES = [401, 403, 404, 429, 449, 500, 503] as const;
/** Longer than any run waits for one answer. */
const LONG_MS = 90_000;
const HOUR_MS = 3_600_000;

/** Up to five troubles, drawn for a world of this issuer. */
export function weather(random: Random, issuer: 'elastic-cloud' | 'fleet'): Trouble[] {
  const kinds = [
    upstream,
    upstream,
    store,
    store,
    agents,
    colleague,
    editor,
    clockStep,
    lateReads,
    sickDisk,
    ...(issuer === 'fleet' ? [halfWrite, brokenInput] : [failedPlan, deleted, switched]),
  ];
  return Array.from({ length: random.int(6) }, () => random.pick(kinds)(random, issuer));
}

function upstream(random: Random, issuer: string): Trouble {
  const operation = random.pick(issuer === 'fleet' ? FLEET : CLOUD);
  const effect = answer(random);
  const [times, skip] = [1 + random.int(4), random.int(6)];
  return {
    says: `${operation} ${JSON.stringify(effect)} x${times} after ${skip}`,
    strike: ({ sandbox }) => void sandbox.faults.add({ operation, effect, times, skip }),
  };
}

function agents(random: Random): Trouble {
  const effect = answer(random);
  const [times, skip] = [1 + random.int(12), random.int(30)];
  return {
    says: `apm.root ${JSON.stringify(effect)} x${times} after ${skip}`,
    strike: ({ sandbox }) => void sandbox.faults.add({ operation: 'apm.root', effect, times, skip }),
  };
}

function answer(random: Random): FaultEffect {
  const status = random.pick(STATUSES);
  const acted = random.int(2) === 0;
  return random.pick<FaultEffect>([
    { kind: 'drop-before' },
    { kind: 'reply-lost' },
    { kind: 'status', status: 429, retryAfter: String(1 + random.int(40)) },
    { kind: 'status', status, ...(status >= 500 && acted && { acted }) },
    { kind: 'html', status: random.pick([200, 502]), acted },
    { kind: 'truncated' },
    { kind: 'malformed' },
    { kind: 'wrong-schema' },
    { kind: 'redirect', location: 'https://login.example.test/' },
    { kind: 'delay', ms: random.int(LONG_MS) },
  ]);
}

function store(random: Random): Trouble {
  const operation = random.pick(STORE);
  const fault = random.pick<Fault>([
    { effect: 'lost' },
    { effect: 'cut' },
    { effect: 'garbled' },
    { effect: 'delay', ms: random.int(LONG_MS) },
    { effect: 'error', type: 'InternalServiceError' },
    { effect: 'error', type: 'AccessDeniedException' },
    { effect: 'error', type: 'ThrottlingException' },
  ]);
  const times = 1 + random.int(5);
  return {
    says: `${operation} ${JSON.stringify(fault)} x${times}`,
    strike: ({ secrets }) => secrets.faults.inject(operation, fault, times),
  };
}

function lateReads(random: Random): Trouble {
  const ms = random.int(4_000);
  return {
    says: `reads of the store are ${ms} ms late`,
    strike: ({ secrets }) => secrets.faults.lag({ ms }),
  };
}

function colleague(random: Random): Trouble {
  const ms = random.int(150_000);
  return {
    says: `a colleague resets after ${ms} ms`,
    strike: (world) => void setTimeout(() => reset(world), ms),
  };
}

/** The console offers no reset while a plan is pending, so that the colleague waits. */
function reset(world: World): void {
  if (world.deployment.pendingToken() === undefined) world.deployment.resetByColleague();
  else setTimeout(() => reset(world), 10_000);
}

function editor(random: Random): Trouble {
  const ms = random.int(150_000);
  return {
    says: `somebody edits the store after ${ms} ms`,
    strike: (world) => void setTimeout(() => world.editStore(), ms),
  };
}

function clockStep(random: Random): Trouble {
  const [step, after] = [random.pick([-HOUR_MS, HOUR_MS]), random.int(150_000)];
  return {
    says: `the clock steps ${step / HOUR_MS} h after ${after} ms`,
    strike: (world) => void setTimeout(() => world.options.time.stepWall(step), after),
  };
}

function failedPlan(): Trouble {
  return { says: 'the next plan fails', strike: (world) => world.deployment.failNextPlan() };
}

function deleted(random: Random): Trouble {
  const ms = random.int(200_000);
  return {
    says: `the deployment is deleted after ${ms} ms`,
    strike: (world) => void setTimeout(() => world.deployment.delete(), ms),
  };
}

function switched(): Trouble {
  return {
    says: 'the APM Server comes to be managed when the plan is applied',
    strike: (world) =>
      world.when(
        'plan.applied',
        () => world.deployment.mode === 'managed' || world.deployment.switchToManaged(),
      ),
  };
}

function halfWrite(): Trouble {
  return {
    says: 'Kibana dies between saving and telling',
    strike: (world) => world.deployment.kibana.dieBetweenWriteAndBump(),
  };
}

function brokenInput(random: Random): Trouble {
  const ms = random.int(600_000);
  return {
    says: `no policy can be loaded for ${ms} ms`,
    strike: ({ deployment: { kibana } }) => {
      kibana.failInput('error unpacking config data');
      setTimeout(() => kibana.repairInput(), ms);
    },
  };
}

function sickDisk(random: Random): Trouble {
  const [from, ms] = [random.int(100_000), random.int(120_000)];
  const ill = random.pick(['full', 'read-only'] as const);
  return {
    says: `the disk is ${ill} for ${ms} ms, ${from} ms from now`,
    strike: ({ disk }) =>
      void setTimeout(() => {
        void disk.suffer(ill);
        setTimeout(() => void disk.suffer('none'), ms);
      }, from),
  };
}
