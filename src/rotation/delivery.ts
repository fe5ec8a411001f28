import type { Observation } from '../targets/target.js';
import { backoffMs } from './backoff.js';
import type { Code } from './errors.js';
import type { Millis, Outcome, EndReason, Word } from './run.js';
import type { Policy } from './policy.js';
import type { Fingerprint } from './secret.js';

/**
 * `assumed`: delivered, and nobody can look; never shown as green. `needs_release`: what runs there only gets the token
 * with a new version of the application. `skipped`: its turn never came, or a person left it out. `superseded`: a newer
 * run delivers now.
 */
export const DELIVERY_STATES = [
  'waiting',
  'delivering',
  'observing',
  'converged',
  'assumed',
  'needs_release',
  'failed',
  'skipped',
  'superseded',
] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One target in one run. */
export type Delivery = {
  readonly target: string;
  readonly state: DeliveryState;
  readonly fingerprint: Fingerprint;
  /** From 1 on; absent: 1. */
  readonly wave?: number;
  /** When its turn had come; absent until then. */
  readonly begunAt?: Millis;
  /** Failed tries so far. */
  readonly tries: number;
  /** No earlier than this; after a failure. */
  readonly notBefore?: Millis;
  /** When the token had been handed over, and until when the instances may take to run with it. */
  readonly deliveredAt?: Millis;
  readonly readyBy?: Millis;
  readonly seen?: { readonly converged: number; readonly of: number };
  /** Who is behind and why, or what has to be done, a sentence. */
  readonly detail?: string;
  /** The last look that still showed an instance behind, and the first that showed none. */
  readonly lastBehind?: Millis;
  readonly convergedAt?: Millis;
  readonly problem?: { readonly code: Code; readonly detail: string };
  /** By whose word alone it is `assumed`; before that, whose word is to be checked by a look. */
  readonly acknowledged?: Word;
  /** By whose word it is `skipped`; absent where its turn never came. */
  readonly leftOut?: Word;
};

export type DeliveryAction =
  | { readonly do: 'wait'; readonly until: Millis }
  | { readonly do: 'deliver' }
  | { readonly do: 'observe' }
  | { readonly do: 'nothing' };

/** When. A `delivering` that is found after a restart is simply delivered again: deliveries are idempotent. */
export function decideDelivery(delivery: Delivery, now: Millis): DeliveryAction {
  switch (delivery.state) {
    case 'waiting':
    case 'delivering':
      if (delivery.notBefore !== undefined && now < delivery.notBefore) {
        return { do: 'wait', until: delivery.notBefore };
      }
      return { do: 'deliver' };
    case 'observing':
      return { do: 'observe' };
    case 'converged':
    case 'assumed':
    case 'needs_release':
    case 'failed':
    case 'skipped':
    case 'superseded':
      return { do: 'nothing' };
  }
}

const UNDER_WAY: ReadonlySet<DeliveryState> = new Set(['waiting', 'delivering', 'observing']);

export function isOver({ state }: Pick<Delivery, 'state'>): boolean {
  return !UNDER_WAY.has(state);
}

export function waveOf({ wave = 1 }: Delivery): number {
  return wave;
}

export function hasBegun({ begunAt, state }: Delivery): boolean {
  // One that an older Rotor has begun does not say when.
  return begunAt !== undefined || state !== 'waiting';
}

export function skipped(delivery: Delivery, detail: string, leftOut?: Word): Delivery {
  return { ...withoutProblem(delivery), state: 'skipped', detail, ...(leftOut && { leftOut }) };
}

/** As one that has just begun, whatever has become of it. */
export function again({ target, fingerprint, wave }: Delivery, now: Millis): Delivery {
  return { target, state: 'waiting', fingerprint, ...(wave && { wave }), begunAt: now, tries: 0 };
}

/**
 * What one look makes of a person's word; half a sentence where it shows the contrary, or where it can be seen whether
 * they are right: then that counts, and no word.
 */
export function acknowledged(
  delivery: Delivery,
  word: Word,
  observation: Observation,
  now: Millis,
): Delivery | string {
  if (observation.state === 'converged') return observed(delivery, observation, now);
  const { convergedAt: _unseen, seen: _uncounted, ...rest } = withoutProblem(delivery);
  const believed = { ...rest, state: 'assumed', acknowledged: word } as const;
  switch (observation.state) {
    case 'assumed':
      return believed;
    case 'needs_release':
      return observation.isSeen ? `it is seen to be without it: ${observation.detail}` : believed;
    case 'pending':
    case 'failed': {
      if (observation.state === 'pending' && observation.unseen) return believed;
      const { seen, of, detail } = observation;
      const why = detail === undefined ? '' : ` (${detail})`;
      return `${seen} of ${of} instances are seen to run with it${why}`;
    }
  }
}

export function delivered(delivery: Delivery, now: Millis, readyBy: Millis): Delivery {
  return { ...withoutProblem(delivery), state: 'observing', deliveredAt: now, readyBy };
}

/** What one look makes of it. One that was given up is a failed try: see `failedTry`. */
export function observed(
  delivery: Delivery,
  observation: Exclude<Observation, { state: 'failed' }>,
  now: Millis,
): Delivery {
  switch (observation.state) {
    case 'assumed':
      return { ...withoutProblem(delivery), state: 'assumed' };
    case 'needs_release':
      return { ...withoutProblem(delivery), state: 'needs_release', detail: observation.detail };
    case 'converged': {
      const convergedAt = delivery.convergedAt ?? now;
      const { acknowledged: _seen, ...rest } = withoutProblem(delivery);
      return { ...rest, state: 'converged', seen: countOf(observation), convergedAt };
    }
    case 'pending':
      return behind(delivery, observation, now);
  }
}

function behind(
  delivery: Delivery,
  { detail, ...counts }: Extract<Observation, { state: 'pending' }>,
  now: Millis,
): Delivery {
  const seen = countOf(counts);
  const why = detail === undefined ? {} : { detail };
  const { convergedAt: _notAfterAll, ...rest } = withoutProblem(delivery);
  if (delivery.readyBy === undefined || now < delivery.readyBy)
    return { ...rest, seen, lastBehind: now, ...why };
  const late = `${seen.converged} of ${seen.of} instances run with ${delivery.fingerprint}, and the time to become ready is over`;
  const problem = {
    code: 'target_failed',
    detail: detail === undefined ? late : `${late}: ${detail}`,
  } as const;
  return { ...rest, state: 'failed', seen, lastBehind: now, problem };
}

export function countOf({ seen, of }: { readonly seen: number; readonly of: number }) {
  return { converged: seen, of };
}

type Retries = Policy['retries'] & { /** No try begins later. */ readonly until: Millis };

/** A failed try: again after a back-off, until the tries or the time are used up. */
export function failedTry(
  delivery: Delivery,
  problem: { code: Code; detail: string; retryable: boolean },
  retries: Retries,
  now: Millis,
  random: () => number,
): Delivery {
  const tries = delivery.tries + 1;
  const { retryable, ...kept } = problem;
  const failed = { ...delivery, tries, problem: kept };
  if (!retryable || tries > retries.max) return { ...failed, state: 'failed' };
  const notBefore = now + backoffMs(tries, retries, random);
  if (notBefore < retries.until) return { ...failed, state: 'waiting', notBefore };
  const detail = `${kept.detail.replace(/\.$/, '')}; the time for this delivery is over.`;
  return { ...failed, state: 'failed', problem: { ...kept, detail } };
}

/** What a run whose token is current amounts to, once every delivery is over. */
export function outcomeOf(
  deliveries: readonly Delivery[],
  oldStillAccepted: boolean,
): { outcome: Outcome; reason?: EndReason } {
  const isAny = (state: DeliveryState): boolean => deliveries.some((delivery) => delivery.state === state);
  if (isAny('failed')) return { outcome: 'partial', reason: 'targets_failed' };
  if (isAny('skipped')) return { outcome: 'partial', reason: 'targets_skipped' };
  if (oldStillAccepted) return { outcome: 'partial', reason: 'old_still_accepted' };
  if (isAny('needs_release')) return { outcome: 'partial', reason: 'needs_release' };
  if (isAny('superseded')) return { outcome: 'partial', reason: 'superseded' };
  return { outcome: 'succeeded' };
}

function withoutProblem(delivery: Delivery): Delivery {
  const { problem: _problem, notBefore: _notBefore, detail: _detail, ...rest } = delivery;
  return rest;
}
