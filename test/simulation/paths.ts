import { RotorError } from '../../src/rotation/errors.js';
import type { RunMode } from '../../src/rotation/run.js';
import { fingerprintOf, type Fingerprint } from '../../src/rotation/secret.js';
import type { FaultHandle } from '../../src/sandbox/faults.js';
import type { FakeTarget } from '../fakes/fake-target.js';
import { DOWNSTREAM_KINDS, type DownstreamKind } from './downstream.js';
import { attend } from './person.js';
import type { World } from './world.js';

/** One way that a run may go, in which every effect is a place to die. */
export type Path = {
  readonly name: string;
  /** Where the token is set. */
  readonly issuer: 'elastic-cloud' | 'fleet';
  /** By another way to find the issuer. */
  readonly by?: 'auto';
  /** The secret is JSON, and the token stands under this key. */
  readonly jsonKey?: string;
  /** The target is a real file instead of one in memory. */
  readonly isFile?: boolean;
  /** Six targets in waves, one at a time, instead of one. */
  readonly hasWaves?: true;
  /** A failure pauses them. */
  readonly pauses?: true;
  /** What a real target of this kind delivers to, instead of one in memory. */
  readonly downstream?: DownstreamKind;
  readonly mode?: RunMode;
  /** A first run has settled before: only then does the watch look after the rotation. */
  readonly isKnown?: boolean;
  /** Of a run that nothing befalls: so that the path is known to be taken. */
  readonly ends: string;
  /** How long what is arranged takes, before the run begins. */
  readonly startsAfterMs?: number;
  /** After the first run, before the one that counts. */
  readonly afterwards?: (world: World) => void;
  /** Before anything begins. */
  readonly arrange?: (world: World) => void;
};

const seedStore = (world: World): void => world.seedStore();

/** Once: what is done in answer to an event must not answer itself. */
function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}

export const paths: readonly Path[] = [
  { name: 'cloud: success', issuer: 'elastic-cloud', ends: 'succeeded', arrange: seedStore },
  {
    name: 'cloud: the store is empty',
    issuer: 'elastic-cloud',
    ends: 'succeeded',
  },
  {
    name: 'cloud: adopt what a colleague has reset',
    issuer: 'elastic-cloud',
    mode: 'adopt',
    isKnown: true,
    ends: 'succeeded',
    arrange: seedStore,
    afterwards: (world) => world.deployment.resetByColleague(),
  },
  {
    name: 'cloud: the plan fails',
    issuer: 'elastic-cloud',
    ends: 'failed plan_failed',
    arrange: (world) => {
      world.seedStore();
      world.deployment.failNextPlan();
    },
  },
  {
    name: 'cloud: contested, a colleague resets in the middle',
    issuer: 'elastic-cloud',
    ends: 'succeeded',
    arrange: (world) => {
      world.seedStore();
      world.when(
        'plan.applied',
        once(() => world.deployment.resetByColleague()),
      );
    },
  },
  { name: 'fleet: success', issuer: 'fleet', ends: 'succeeded', arrange: seedStore },
  {
    name: 'fleet: rolled back, the APM Server cannot load it',
    issuer: 'fleet',
    ends: 'failed rolled_back',
    arrange: (world) => {
      world.seedStore();
      world.deployment.kibana.failInput('error unpacking config data');
    },
  },
  {
    name: 'fleet: adopt what a colleague has saved',
    issuer: 'fleet',
    mode: 'adopt',
    isKnown: true,
    startsAfterMs: 60_000,
    ends: 'succeeded',
    arrange: seedStore,
    afterwards: (world) => world.deployment.kibana.editToken(),
  },
  {
    name: 'fleet: contested, the old token is put back each time',
    issuer: 'fleet',
    ends: 'failed contested',
    arrange: (world) => {
      world.seedStore();
      const before = world.deployment.currentToken();
      world.when('policy.saved', ({ by }) => {
        if (by !== 'colleague') setTimeout(() => world.deployment.kibana.editToken(before), 2_000);
      });
    },
  },
];

/** Where a person has to decide. */
export const askedPaths: readonly Path[] = [
  {
    name: 'fleet: a person asks to go back',
    issuer: 'fleet',
    ends: 'failed rolled_back',
    arrange: (world) => {
      const { kibana } = world.deployment;
      world.seedStore();
      kibana.allow({ integrations: 'read' });
      attend(world, {
        whenStalled: () => {
          kibana.allow({ integrations: 'all' });
          return 'rollback';
        },
      });
    },
  },
  {
    name: 'cloud: a person asks to reset again',
    issuer: 'elastic-cloud',
    ends: 'succeeded',
    arrange: (world) => {
      world.seedStore();
      attend(world, { whenStalled: () => 'reset_again', whenEnded: loseReset(world) });
    },
  },
  {
    name: 'cloud: a person puts the token into the store and asks to adopt it',
    issuer: 'elastic-cloud',
    ends: 'succeeded',
    arrange: (world) => {
      world.seedStore();
      attend(world, {
        whenStalled: () => {
          // The console shows them that a plan is being applied.
          if (world.deployment.pendingToken() !== undefined) return undefined;
          world.seedStore();
          return 'adopt';
        },
        whenEnded: loseReset(world),
      });
    },
  },
];

/** A reset whose answer is lost, and from then on a plan that shows no token; until what is returned is called. */
function loseReset(world: World): () => void {
  const { faults } = world.sandbox;
  faults.add({ operation: 'deployment-apm-reset-secret-token', effect: { kind: 'reply-lost' } });
  let hidden: FaultHandle | undefined;
  const hide = (): void => {
    hidden = faults.add({ operation: 'get-deployment', times: Infinity, effect: { kind: 'wrong-schema' } });
  };
  world.when('token.reset', once(hide));
  return () => hidden?.remove();
}

/** Of each adapter that is not in the paths above, with the others as they are there. */
export const adapterPaths: readonly Path[] = [
  { name: 'auto: standalone', issuer: 'elastic-cloud', by: 'auto', ends: 'succeeded', arrange: seedStore },
  { name: 'auto: managed', issuer: 'fleet', by: 'auto', ends: 'succeeded', arrange: seedStore },
  {
    name: 'store: JSON',
    issuer: 'elastic-cloud',
    jsonKey: 'apm_token',
    ends: 'succeeded',
    arrange: seedStore,
  },
  { name: 'targets: waves', issuer: 'fleet', hasWaves: true, ends: 'succeeded', arrange: seedStore },
  {
    name: 'targets: waves, paused by a failure and resumed by a person',
    issuer: 'fleet',
    hasWaves: true,
    pauses: true,
    ends: 'partial targets_failed',
    arrange: (world) => {
      world.seedStore();
      world.targets[0]?.failNext('deliver', new RotorError('target_failed', 'gone', { retryable: false }));
      attend(world, { whenPaused: 'resume' });
    },
  },
  {
    name: 'targets: a person has one tried again, speaks for one and leaves one out',
    issuer: 'fleet',
    hasWaves: true,
    ends: 'partial targets_skipped',
    arrange: (world) => {
      world.seedStore();
      const [failing, quiet, lying] = world.targets;
      if (!failing || !quiet || !lying) throw new Error('a fleet has three targets at the least');
      failing.failNext('deliver', new RotorError('target_failed', 'gone', { retryable: false }));
      // They get the token, and nobody sees it; of one that has another, that is seen.
      const unseen = { state: 'pending', seen: 0, of: 1 } as const;
      const has = ({ instances }: FakeTarget, token: Fingerprint): boolean =>
        instances.every((one) => one === token);
      quiet.observe = async (token) => (has(quiet, token) ? { ...unseen, unseen: true } : unseen);
      lying.observe = async () => ({ ...unseen, other: 0 });
      attend(world, {
        ofDelivery: ({ target, state }) => {
          if (state === 'failed') return 'retry';
          if (state !== 'observing') return undefined;
          return target === quiet.name ? 'ack' : target === lying.name ? 'skip' : undefined;
        },
        // What is left out is for a person to bring back, also where a process that was frozen comes late.
        whenEnded: () => {
          const isBehind = !has(lying, fingerprintOf(world.deployment.currentToken()));
          if (isBehind) void world.open('adopt').catch(() => undefined);
        },
      });
    },
  },
  ...DOWNSTREAM_KINDS.map((downstream): Path => ({
    name: `target: ${downstream}`,
    issuer: 'fleet',
    downstream,
    ends: 'succeeded',
    arrange: seedStore,
  })),
  { name: 'target: file', issuer: 'fleet', isFile: true, ends: 'succeeded', arrange: seedStore },
];
