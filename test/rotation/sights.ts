import { expect } from '@jest/globals';
import type { Action } from '../../src/rotation/action.js';
import { decide } from '../../src/rotation/decide.js';
import type { Aim, Run, RunState, StateOf } from '../../src/rotation/run.js';
import type { Fingerprint } from '../../src/rotation/secret.js';
import type { Acceptance, IssuerSight, World } from '../../src/rotation/world.js';
import type { Pin, VersionId } from '../../src/stores/store.js';
import { POLICY } from './harness.js';

/** What one look may have shown, for decisions that are tried one by one. */
export const NOW = Date.UTC(2026, 10, 23, 12);
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const LONG_AGO = NOW - 60 * MINUTE;

export const pin = (name: string): Pin => ({
  version: `v-${name}` as VersionId,
  fingerprint: name as Fingerprint,
});
export const OLD = pin('old');
export const NEW = pin('new');
export const FOREIGN = pin('foreign');

export const YES: Acceptance = { accepted: 10, refused: 0, unclear: 0 };
export const NO: Acceptance = { accepted: 0, refused: 10, unclear: 0 };
export const MUTE: Acceptance = { accepted: 0, refused: 0, unclear: 10 };

export const AIM: Aim = { goal: 'candidate', wanted: NEW, own: [NEW], previous: OLD, expected: OLD.version };
export const ACCEPTING: StateOf<'accepting'> = {
  state: 'accepting',
  aim: AIM,
  since: LONG_AGO,
  deadline: NOW + 10 * MINUTE,
  resets: 0,
};

export type Kind = NonNullable<Run['issuerKind']>;

function runIn(state: RunState, issuerKind: Kind): Run {
  return {
    id: 'run_1',
    rotation: 'checkout',
    mode: 'rotate',
    trigger: { kind: 'api', reason: 'test' },
    issuerKind,
    storeKey: 'store',
    spec: {},
    policy: POLICY,
    state,
    deliveries: [],
    measure: {},
    startedAt: LONG_AGO,
  };
}

export function sight(over: Partial<IssuerSight> = {}): IssuerSight {
  return {
    current: NEW.fingerprint,
    precondition: 'p-1',
    attempt: 'attempt-1',
    steadySince: LONG_AGO,
    ...over,
  };
}

export type Said = { old?: Acceptance; new?: Acceptance; bogus?: Acceptance };

export function worldOf(issuer: IssuerSight, said: Said = {}): World {
  const probes = new Map<Fingerprint, Acceptance>([
    [OLD.fingerprint, said.old ?? NO],
    [NEW.fingerprint, said.new ?? YES],
  ]);
  return { issuer, probes, bogus: said.bogus ?? NO };
}

export const at = (state: RunState, kind: Kind, world: World): Action =>
  decide(runIn(state, kind), world, NOW);
export const movesTo = (state: RunState['state']): unknown =>
  expect.objectContaining({ do: 'move', to: expect.objectContaining({ state }) });
