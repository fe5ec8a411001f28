import type { Resource } from '../issuers/issuer.js';
import type { Pin, VersionId } from '../stores/store.js';
import type { Delivery } from './delivery.js';
import type { Code } from './errors.js';
import type { Policy } from './policy.js';
import type { Fingerprint } from './secret.js';

/** Milliseconds since the epoch. */
export type Millis = number;

/** Waiting for upstream, or for a person; resumes by itself when the reason is gone. */
export type Stall = { readonly reason: Code; readonly detail: string; readonly since: Millis };

/** What the run is bringing about. */
export type Aim = {
  /** `previous` after a roll back: then `wanted` is a copy of the previous token under a new version. */
  readonly goal: 'candidate' | 'previous';
  readonly wanted: Pin;
  /** Every token that this run has put on its way, so that it recognises them when it looks again. */
  readonly own: readonly Pin[];
  /** The token in force when the run began; absent when a left-over candidate is adopted. */
  readonly previous?: Pin;
  /** The version that must still be current for the promotion to apply. */
  readonly expected: VersionId;
  /** The failed change that the issuer already listed before the reset: it is not ours. */
  readonly failedBefore?: string;
  /** What the issuer shows although the APM Server refuses it: with a left-over candidate, until somebody changes it. */
  readonly issuerShows?: Fingerprint;
  /** With the goal `previous`: why, a sentence. */
  readonly gaveUp?: string;
};

/** That a token is in force again which another one had replaced. */
export type Replaced = {
  readonly at: Millis;
  /** The run that had replaced it, or had found another one in its place. */
  readonly by: string;
  /** That run found it so: AWS or somebody else had replaced it. */
  readonly seen?: true;
  /** When it had first become current; absent where no run had brought it. */
  readonly since?: Millis;
  /** The run that first found it in force again, and when; absent where this one did. */
  readonly back?: { readonly at: Millis; readonly by: string };
};

/** What can happen to a run. `decide.ts` says when, `steps.ts` how. */
export type RunState =
  | { readonly state: 'preparing'; readonly tidied?: true }
  | {
      readonly state: 'anchoring';
      readonly anchor: Fingerprint;
      readonly expected: VersionId | null;
      readonly copy?: Pin;
      /** Labels that earlier runs left have been taken off; a read may go on to show them. */
      readonly tidied?: true;
    }
  | {
      readonly state: 'prepared';
      readonly previous: Pin;
      readonly expected: VersionId;
      readonly attempt?: string;
    }
  | {
      readonly state: 'setting';
      readonly aim: Aim;
      readonly precondition: string;
      readonly tries: number;
      readonly resets: Resets;
      readonly stalled?: Stall;
    }
  | {
      readonly state: 'resetting';
      readonly previous: Pin;
      readonly expected: VersionId;
      readonly attempt?: string;
      readonly failedBefore?: string;
      readonly intentAt: Millis;
      readonly quietUntil: Millis;
      readonly stalled?: Stall;
    }
  | {
      readonly state: 'accepting';
      readonly aim: Aim;
      readonly since: Millis;
      readonly deadline: Millis;
      readonly resets: Resets;
      readonly stalled?: Stall;
    }
  | {
      readonly state: 'promoting';
      readonly aim: Aim;
      readonly tries: number;
      readonly oldStillAccepted: boolean;
      readonly stalled?: Stall;
    }
  | {
      readonly state: 'settling';
      readonly aim: Aim;
      readonly promotedAt: Millis;
      readonly oldStillAccepted: boolean;
      readonly stalled?: Stall;
    }
  | {
      readonly state: 'settled';
      readonly current: Pin;
      readonly previous?: Pin;
      readonly oldStillAccepted: boolean;
      /** Replicas of the secret that did not show the token in time, a sentence. */
      readonly replicasBehind?: string;
      /** Of `current`. */
      readonly replaced?: Replaced;
    }
  | {
      readonly state: 'ended';
      readonly outcome: Outcome;
      readonly reason?: EndReason;
      /** Why, where a fault ended it. */
      readonly code?: Code;
      /** What holds now and what to do next; for a person. */
      readonly detail: string;
      readonly current?: Pin;
      readonly previous?: Pin;
      /** Of `current`. */
      readonly replaced?: Replaced;
    };

/** How often the caller-chosen token was put back by somebody and set again. */
export type Resets = 0 | 1 | 2;
export type StateName = RunState['state'];
export type StateOf<N extends StateName> = Extract<RunState, { state: N }>;
export const OUTCOMES = ['succeeded', 'partial', 'failed', 'cancelled'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type EndReason =
  | 'refused'
  | 'not_observed'
  | 'plan_failed'
  | 'rolled_back'
  | 'contested'
  | 'superseded'
  | 'mode_changed'
  | 'resource_gone'
  | 'old_still_accepted'
  | 'replicas_behind'
  | 'targets_failed'
  | 'targets_skipped'
  | 'needs_release';

/**
 * `adopt` stores and delivers the token in force without setting a new one. `rehearse` does so too, and writes a copy
 * of it into the store although that may hold it: the whole way of a rotation, but for the new token.
 */
export type RunMode = 'rotate' | 'adopt' | 'rehearse';

export type Trigger = {
  readonly kind: 'schedule' | 'api' | 'watch';
  readonly reason: string;
  /** Who asked, where a person or a machine did. */
  readonly by?: string;
  /** Of an emergency: what it has left out of what is declared, a phrase each. */
  readonly emergency?: readonly string[];
  /** Where each new token needs it: who has allowed this one, by which approval. */
  readonly approved?: {
    readonly approval: string;
    readonly by: string;
    readonly at: Millis;
    readonly comment?: string;
  };
};

/**
 * What a person has asked of a run: to look again now, to `cancel` it, or one of three decisions that no rule can take.
 * `pause` and `resume` are about its deliveries. With a `target` it is about that delivery alone: to `retry` it now; `ack`,
 * it has the token; `skip`, it is left out.
 * `adopt`: what the store holds and the APM Server accepts is the token; `rollback`: the previous one is; `reset_again`:
 * the answer of the reset is lost for good.
 */
export type Asked = {
  readonly what:
    'retry' | 'cancel' | 'adopt' | 'rollback' | 'reset_again' | 'pause' | 'resume' | 'ack' | 'skip';
  /** Of `ack` and `skip` always, of `retry` where it is for one target. */
  readonly target?: string;
  /** Why, in their words. */
  readonly reason: string;
  /** Who, as far as the API could tell. */
  readonly by?: string;
};

/** A person's word on a target: that it has the token, or that it is left out. */
export type Word = {
  readonly reason: string;
  readonly by?: string;
  /** When it was said; absent in what an older Rotor has written. */
  readonly at?: Millis;
};

/** Said of a target after the end of the run that left it behind, and of no other token than that. */
export type Acked = Word & { readonly target: string; readonly fingerprint: Fingerprint };

export type RefusedTarget = { readonly target: string; /** Why, a sentence. */ readonly detail: string };

/** No delivery begins until a person resumes; those that have begun go on. */
export type Paused = {
  readonly since: Millis;
  /** Why, a sentence. */
  readonly reason: string;
  /** Who, where a person has asked for it. */
  readonly by?: string;
};

/** Facts measured on the way; absent until seen. All in epoch milliseconds. */
export type Measure = {
  /** The last look in which every fresh connection still accepted the old token. */
  readonly oldLastAccepted?: Millis;
  /** The first fresh connection that refused it. */
  readonly oldFirstRefused?: Millis;
};

/** What a plan has shown of the world, as far as it decides what a run changes. */
export type Planned = { readonly resource: string; readonly fingerprint: Fingerprint };

export type Run = {
  readonly id: string;
  readonly rotation: string;
  readonly mode: RunMode;
  readonly trigger: Trigger;
  /** Who chooses the token; absent until the resource is known. */
  readonly issuerKind?: 'caller-chosen' | 'server-chosen';
  readonly storeKey: string;
  /** Absent until the issuer has resolved it; locked from then on. */
  readonly resource?: Resource;
  /** The rotation as it was declared when the run began, secrets as references: a later config does not change it. */
  readonly spec: unknown;
  readonly policy: Policy;
  /** What somebody has agreed to: with anything else the run is refused. */
  readonly planned?: Planned;
  readonly state: RunState;
  /** What it waits for in this state, a sentence; absent while it does not wait. */
  readonly waitingFor?: string;
  /** Absent once it has been answered. */
  readonly asked?: Asked;
  /** Names of the targets that it delivers to; the others keep what they have. Absent: all. */
  readonly only?: readonly string[];
  /** Those of `only` that are looked at alone, since a person says that they have the token. */
  readonly acked?: readonly Acked[];
  /** Targets that a preflight has refused: the token in force is brought to the others all the same. */
  readonly refused?: readonly RefusedTarget[];
  readonly paused?: Paused;
  readonly deliveries: readonly Delivery[];
  readonly measure: Measure;
  /** Of the credential that the issuer is asked with, where the upstream tells. */
  readonly credentialExpires?: Millis;
  readonly startedAt: Millis;
  readonly endedAt?: Millis;
};

/** A run in a given state: what one decision reads. */
export type RunIn<N extends StateName> = Run & { readonly state: StateOf<N> };

/** The one table of moves. A move that is not listed is a defect and throws. */
const MOVES = {
  preparing: ['preparing', 'anchoring', 'prepared', 'promoting', 'settling', 'settled', 'ended'],
  anchoring: ['anchoring', 'preparing', 'prepared', 'settling', 'ended'],
  prepared: ['preparing', 'setting', 'resetting', 'ended'],
  setting: ['setting', 'accepting', 'ended'],
  resetting: ['resetting', 'prepared', 'accepting', 'ended'],
  accepting: ['accepting', 'setting', 'promoting', 'ended'],
  promoting: ['promoting', 'accepting', 'settling', 'ended'],
  settling: ['settling', 'promoting', 'accepting', 'settled', 'ended'],
  settled: ['ended'],
  ended: [],
} as const satisfies Record<StateName, readonly StateName[]>;

export const STATE_NAMES = Object.keys(MOVES) as StateName[];

export function mayMove(from: StateName, to: StateName): boolean {
  const allowed: readonly StateName[] = MOVES[from];
  return allowed.includes(to);
}

export function assertMove(from: StateName, to: StateName): void {
  if (!mayMove(from, to)) throw new Error(`a run cannot move from ${from} to ${to}`);
}

/** While true, no second run may touch the resource or the secret. */
export function holdsLock(state: RunState): boolean {
  return state.state !== 'settled' && state.state !== 'ended';
}

/** The version that the run has left current, also where it has ended without settling its own: after a roll back. */
export function leftBy(run: Run | undefined): Pin | undefined {
  const state = run?.state;
  return state?.state === 'ended' || state?.state === 'settled' ? state.current : undefined;
}

export function stallOf(state: RunState): Stall | undefined {
  return 'stalled' in state ? state.stalled : undefined;
}
