import type { Observation } from '../targets/target.js';
import { backoffMs } from './backoff.js';
import type { Code } from './errors.js';
import type { Millis, Outcome, EndReason } from './run.js';
import type { Policy } from './policy.js';
import type { Fingerprint } from './secret.js';

/** `assumed`: delivered, and nobody can look; never shown as green. `superseded`: a newer run delivers now. */
export type DeliveryState =
  'waiting' | 'delivering' | 'observing' | 'converged' | 'assumed' | 'failed' | 'superseded';

/** One target in one run. */
export type Delivery = {
  readonly target: string;
  readonly state: DeliveryState;
  readonly fingerprint: Fingerprint;
  /** Failed tries so far. */
  readonly tries: number;
  /** No earlier than this; after a failure. */
  readonly notBefore?: Millis;
  /** When the token had been handed over, and until when the instances may take to run with it. */
  readonly deliveredAt?: Millis;
  readonly readyBy?: Millis;
  readonly seen?: { readonly converged: number; readonly of: number };
  /** The last look that still showed an instance behind, and the first that showed none. */
  readonly lastBehind?: Millis;
  readonly convergedAt?: Millis;
  readonly problem?: { readonly code: Code; readonly detail: string };
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
    case 'failed':
    case 'superseded':
      return { do: 'nothing' };
  }
}

export function isOver(delivery: Delivery): boolean {
  return ['converged', 'assumed', 'failed', 'superseded'].includes(delivery.state);
}

export function delivered(delivery: Delivery, now: Millis, readyTimeoutMs: number): Delivery {
  return { ...withoutProblem(delivery), state: 'observing', deliveredAt: now, readyBy: now + readyTimeoutMs };
}

export function observed(delivery: Delivery, observation: Observation, now: Millis): Delivery {
  if (observation.state === 'assumed') return { ...withoutProblem(delivery), state: 'assumed' };
  const seen = { converged: observation.seen, of: observation.of };
  if (observation.state === 'converged') {
    const convergedAt = delivery.convergedAt ?? now;
    return { ...withoutProblem(delivery), state: 'converged', seen, convergedAt };
  }
  if (delivery.readyBy !== undefined && now >= delivery.readyBy) {
    const detail = `${seen.converged} of ${seen.of} instances run with ${delivery.fingerprint}, and the time to become ready is over`;
    return {
      ...delivery,
      state: 'failed',
      seen,
      lastBehind: now,
      problem: { code: 'target_failed', detail },
    };
  }
  const { convergedAt: _notAfterAll, ...behind } = withoutProblem(delivery);
  return { ...behind, seen, lastBehind: now };
}

/** A failed try: again after a back-off, until the tries are used up. */
export function failedTry(
  delivery: Delivery,
  problem: { code: Code; detail: string; retryable: boolean },
  policy: Policy,
  now: Millis,
  random: () => number,
): Delivery {
  const tries = delivery.tries + 1;
  const { retryable, ...kept } = problem;
  const failed = { ...delivery, tries, problem: kept };
  if (!retryable || tries > policy.retries.max) return { ...failed, state: 'failed' };
  return { ...failed, state: 'waiting', notBefore: now + backoffMs(tries, policy.retries, random) };
}

/** What a run whose token is current amounts to, once every delivery is over. */
export function outcomeOf(
  deliveries: readonly Delivery[],
  oldStillAccepted: boolean,
): { outcome: Outcome; reason?: EndReason } {
  if (deliveries.some((delivery) => delivery.state === 'failed')) {
    return { outcome: 'partial', reason: 'targets_failed' };
  }
  if (oldStillAccepted) return { outcome: 'partial', reason: 'old_still_accepted' };
  if (deliveries.some((delivery) => delivery.state === 'superseded')) {
    return { outcome: 'partial', reason: 'superseded' };
  }
  return { outcome: 'succeeded' };
}

function withoutProblem(delivery: Delivery): Delivery {
  const { problem: _problem, notBefore: _notBefore, ...rest } = delivery;
  return rest;
}
