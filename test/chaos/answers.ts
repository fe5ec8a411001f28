import type { FaultEffect, FaultOperation } from '../../src/sandbox/faults.js';
import type { Random } from '../../src/sandbox/random.js';
import type { Fault, OperationName } from '../../src/sandbox/secrets-manager/index.js';
import type { Trouble } from './trouble.js';

const SECOND_MS = 1_000;
/** Below what anybody waits for an answer, and beyond what everybody does. */
const short = (random: Random): number => random.int(4 * SECOND_MS);
const long = (random: Random): number => (35 + random.int(55)) * SECOND_MS;
/** Also after the quiet period, when the run no longer looks for what it asked for. */
const veryLong = (random: Random): number => (35 + random.int(random.pick([55, 20 * 60]))) * SECOND_MS;

const ANSWERS: Readonly<Record<string, (random: Random) => FaultEffect>> = {
  latency: (random) => ({ kind: 'delay', ms: short(random) }),
  'time-out, acted before': (random) => ({ kind: 'delay', ms: long(random) }),
  'time-out, acts after': (random) => ({ kind: 'act-late', ms: veryLong(random) }),
  'time-out, never acts': () => ({ kind: 'silence' }),
  'reset before acting': () => ({ kind: 'drop-before' }),
  'reset after acting': () => ({ kind: 'reply-lost' }),
  '429 with Retry-After': (random) => ({ kind: 'status', status: 429, retryAfter: String(random.int(90)) }),
  '429 without Retry-After': () => ({ kind: 'status', status: 429 }),
  '401, 403, 404 or 449': (random) => ({ kind: 'status', status: random.pick([401, 403, 404, 449]) }),
  '5xx before acting': (random) => ({ kind: 'status', status: random.pick([500, 503]) }),
  '5xx after acting': (random) => ({ kind: 'status', status: random.pick([500, 503]), acted: true }),
  'HTML before acting': (random) => ({ kind: 'html', status: random.pick([200, 502]) }),
  'HTML after acting': (random) => ({ kind: 'html', status: random.pick([200, 502]), acted: true }),
  'truncated JSON': () => ({ kind: 'truncated' }),
  'malformed JSON': () => ({ kind: 'malformed' }),
  'wrong schema': () => ({ kind: 'wrong-schema' }),
  'slow body': (random) => ({ kind: 'slow-body', ms: short(random) }),
  'body too slow': (random) => ({ kind: 'slow-body', ms: veryLong(random) }),
  redirect: () => ({ kind: 'redirect', location: 'https://login.example.test/' }),
};

const STORE_ANSWERS: Readonly<Record<string, (random: Random) => Fault>> = {
  latency: (random) => ({ effect: 'delay', ms: short(random) }),
  'time-out, acted before': (random) => ({ effect: 'answer-late', ms: long(random) }),
  'time-out, acts after': (random) => ({ effect: 'delay', ms: veryLong(random) }),
  'time-out, never acts': () => ({ effect: 'silence' }),
  'reset before acting': () => ({ effect: 'cut' }),
  'reset after acting': () => ({ effect: 'lost' }),
  throttling: () => ({ effect: 'error', type: 'ThrottlingException' }),
  denial: () => ({ effect: 'error', type: 'AccessDeniedException' }),
  '5xx before acting': () => ({ effect: 'error', type: 'InternalServiceError' }),
  'HTML after acting': () => ({ effect: 'garbled' }),
  'truncated JSON': () => ({ effect: 'truncated' }),
  'wrong schema': () => ({ effect: 'wrong-schema' }),
  'slow body': (random) => ({ effect: 'slow-body', ms: short(random) }),
  'body too slow': (random) => ({ effect: 'slow-body', ms: veryLong(random) }),
};

/** About how often a run asks for each: a fault of one that comes later would never be met. */
type Calls<Operation extends string> = Readonly<Partial<Record<Operation, number>>>;

const CLOUD: Calls<FaultOperation> = {
  'list-deployments': 2,
  'get-deployment': 12,
  'deployment-apm-reset-secret-token': 1,
};
const KIBANA: Calls<FaultOperation> = {
  'list-package-policies': 1,
  'get-package-policy': 9,
  'get-agent-policy': 7,
  'list-agents': 7,
  'put-package-policy': 1,
};
const APM: Calls<FaultOperation> = { 'apm.root': 36, 'apm.intake': 1 };
const STORE: Calls<OperationName> = {
  DescribeSecret: 7,
  GetSecretValue: 13,
  PutSecretValue: 2,
  UpdateSecretVersionStage: 3,
};
/** Longer than a client tries again by itself. */
const MOST_TIMES = 6;

export function issuerAnswer(random: Random, issuer: 'elastic-cloud' | 'fleet'): Trouble {
  return issuer === 'elastic-cloud' || random.int(5) === 0
    ? answer(random, 'Cloud API', issuer === 'fleet' ? { 'list-deployments': 1, 'get-deployment': 1 } : CLOUD)
    : answer(random, 'Kibana', KIBANA);
}

export function apmAnswer(random: Random): Trouble {
  return answer(random, 'APM Server', APM);
}

export function storeAnswer(random: Random): Trouble {
  const { what, make, operation, times, skip } = drawn(random, STORE_ANSWERS, STORE);
  const fault = make(random);
  return {
    kind: `Secrets Manager: ${what}`,
    says: `${operation} ${JSON.stringify(fault)} x${times} after ${skip}`,
    strike: ({ secrets }) => {
      const injected = secrets.faults.inject(operation, fault, times, skip);
      return () => injected.hits();
    },
  };
}

function answer(random: Random, where: string, calls: Calls<FaultOperation>): Trouble {
  const { what, make, operation, times, skip } = drawn(random, ANSWERS, calls);
  const effect = make(random);
  return {
    kind: `${where}: ${what}`,
    says: `${operation} ${JSON.stringify(effect)} x${times} after ${skip}`,
    strike: ({ sandbox }) => {
      const rule = sandbox.faults.add({ operation, effect, times, skip });
      return () => rule.hits();
    },
  };
}

function drawn<Effect, Operation extends string>(
  random: Random,
  answers: Readonly<Record<string, (random: Random) => Effect>>,
  calls: Calls<Operation>,
): {
  what: string;
  make: (random: Random) => Effect;
  operation: Operation;
  times: number;
  skip: number;
} {
  const [what, make] = random.pick(Object.entries(answers));
  const [operation, asked] = random.pick(Object.entries<number>(calls as Record<Operation, number>));
  const times = 1 + random.int(MOST_TIMES);
  return { what, make, operation: operation as Operation, times, skip: random.int(asked) };
}
