import type { Asked, Run, RunState } from '../../src/rotation/run.js';

/**
 * Everything there is, as plain data: two instances of an APM Server behind an issuer, a store, the journal, the
 * replicas of Rotor and their requests on the wire. A token stands for its own fingerprint.
 */
export type State = {
  readonly kind: NonNullable<Run['issuerKind']>;
  server: Server;
  store: {
    versions: Record<string, string>;
    current: string | null;
    before: string | null;
    labelled: string[];
  };
  run: { number: number; mode: Run['mode']; state: RunState; epoch: number; asked: Asked['what'] | null };
  replicas: Replica[];
  wire: Request[];
  left: Faults;
  minted: number;
  sent: number;
  /** What no state may show. */
  broken?: string;
};

export type Server = {
  /** The token of the plan or policy in force, and the one that is on its way. */
  current: string;
  pending: string | null;
  /** What each instance accepts. */
  live: string[];
  /** Moves with every change; a conditional write names it. */
  version: number;
  /** The version that the instances were told of: behind `version` after a half write. */
  rolledOut: number;
  failedAttempt: number | null;
  /** Resets carried out, by run; and those that a person has asked for besides. */
  resets: Record<number, number>;
  resetsAsked: number;
  /** The issuer shows no token any more. */
  hidden: boolean;
  issued: number;
  /** Tokens that an instance has accepted at one time. */
  proven: string[];
};

export type Replica = {
  epoch: number;
  runNumber: number;
  /** The run as this replica has read it; null before it has. */
  sees: RunState | null;
  /** What it has read that a person asks. */
  asked: Asked['what'] | null;
  /** The request that it waits for, and what it does with the answer. */
  waits: { readonly id: number; readonly follow: Then } | null;
  answer: { readonly follow: Then; readonly said: Said } | null;
  conflicted: boolean;
  gone: boolean;
};

/** What follows an answer; `next` holds `?` where the token of a staged version comes. */
export type Then =
  | {
      readonly do: 'stage';
      readonly key: string;
      readonly token: string;
      readonly next: RunState;
      /** Whoever owns the run by now, it is stored. */
      readonly insists?: true;
    }
  | { readonly do: 'record'; readonly next: RunState }
  | { readonly do: 'reset'; readonly notApplied: RunState; readonly next: RunState };

export type Said =
  | { readonly ok: true; readonly token?: string }
  | { readonly ok: false; readonly why: 'unknown' | 'refused' };

export type Request = { readonly id: number; readonly from: number } & (
  | { readonly does: 'reset'; readonly run: number }
  | { readonly does: 'set'; readonly token: string; readonly precondition: string | null }
  | { readonly does: 'stage'; readonly key: string; readonly token: string }
  | { readonly does: 'promote'; readonly version: string; readonly expected: string | null }
);

/** How often each may still happen. */
export type Faults = {
  /** A reply is lost. */
  lost: number;
  /** A request times out and is carried out later. */
  slow: number;
  /** A write is saved but not rolled out, with an error as its reply. */
  half: number;
  planFails: number;
  /** Somebody puts the first token back. */
  revert: number;
  /** Somebody sets a token of their own. */
  foreign: number;
  /** Somebody moves the label of the current version. */
  label: number;
  /** The replica at work is paused or dead, and another takes over. */
  takeover: number;
  /** A read by label shows the version before. */
  stale: number;
  /** All probes land on the instance that has switched already. */
  luck: number;
  /** The time to accept a token that Rotor chose is over. */
  deadline: number;
  /** The issuer shows no plan for a moment, although there is one. */
  flicker: number;
  /** The issuer answers 403 for one look. */
  denied: number;
  /** The issuer's tokens cannot be read from now on. */
  hidden: number;
  /** A person asks something of a run that is stalled, or puts the token in force into the store. */
  person: number;
  /** Another rotation is due once the run has ended. */
  again: number;
};

export type FaultName = keyof Faults;

const NO_FAULTS: Faults = {
  lost: 0,
  slow: 0,
  half: 0,
  planFails: 0,
  revert: 0,
  foreign: 0,
  label: 0,
  takeover: 0,
  stale: 0,
  luck: 0,
  deadline: 0,
  flicker: 0,
  denied: 0,
  hidden: 0,
  person: 0,
  again: 0,
};

export type Scenario = {
  readonly kind: State['kind'];
  readonly name: string;
  readonly faults: Partial<Faults>;
  readonly store?: 'empty' | 'drifted';
};

export const FIRST = 'P';
export const FOREIGN = 'X';
/** The version to which somebody else moves the label of the current one. */
export const MOVED = 'vx';

/** The version of a token that a person puts into the store by hand. */
export const givenVersion = (token: string): string => `vp ${token}`;

export function replica(epoch: number, runNumber: number): Replica {
  return {
    epoch,
    runNumber,
    sees: null,
    asked: null,
    waits: null,
    answer: null,
    conflicted: false,
    gone: false,
  };
}

export function beginning({ kind, faults, store }: Scenario): State {
  const versions: Record<string, string> =
    store === 'empty' ? {} : { v0: store === 'drifted' ? 'OLD' : FIRST };
  return {
    kind,
    server: {
      current: FIRST,
      pending: null,
      live: [FIRST, FIRST],
      version: 1,
      rolledOut: 1,
      failedAttempt: null,
      resets: {},
      resetsAsked: 0,
      hidden: false,
      issued: 0,
      proven: [FIRST],
    },
    store: { versions, current: store === 'empty' ? null : 'v0', before: null, labelled: [] },
    run: { number: 1, mode: 'rotate', state: { state: 'preparing' }, epoch: 1, asked: null },
    replicas: [replica(1, 1)],
    wire: [],
    left: { ...NO_FAULTS, ...faults },
    minted: 0,
    sent: 0,
  };
}

export function currentToken({ store }: State): string | undefined {
  return store.current === null ? undefined : store.versions[store.current];
}
