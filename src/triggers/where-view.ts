import type { z } from 'zod';
import type { TokenRun } from '../journal/archive.js';
import { meaningOf, type TokenPast } from '../rotation/meaning.js';
import type { Looked, TargetHas, Whereabouts } from '../rotation/whereabouts.js';
import type { TokenMatches, Whereabouts as Answer } from './api/answers/index.js';

export type WhereView = z.output<typeof Answer>;
type RunOfToken = WhereView['runs'][number];

export function runOfToken({ run, as, at }: TokenRun): RunOfToken {
  const { id, mode, state } = run;
  const outcome = state.state === 'ended' ? state.outcome : null;
  return { id, mode, state: state.state, outcome, as, at: new Date(at).toISOString() };
}

export function matchesOf(runs: readonly TokenRun[]): z.output<typeof TokenMatches>['matches'] {
  const byRotation = Map.groupBy(runs, ({ run }) => run.rotation);
  const matches = [...byRotation].map(([rotation, those]) => ({ rotation, runs: those.map(runOfToken) }));
  return matches.toSorted((one, other) => (one.rotation < other.rotation ? -1 : 1));
}

export function whereView(
  seen: Whereabouts,
  runs: readonly TokenRun[],
  past: Omit<TokenPast, 'isKnown'>,
): WhereView {
  const { rotation, fingerprint, issuer, store, server, targets } = seen;
  const { kind, detail, next = null } = meaningOf(seen, { ...past, isKnown: runs.length > 0 });
  const held = store.isLookedAt ? store.seen : undefined;
  const said = server.isLookedAt ? server.seen : undefined;
  return {
    rotation,
    fingerprint,
    runs: runs.map(runOfToken),
    issuer: { ...lookOf(issuer), has: issuer.isLookedAt ? issuer.seen : null },
    store: {
      ...lookOf(store),
      current: held?.current ?? null,
      versions: held?.kept.map((kept) => ({ ...kept, labels: [...kept.labels] })) ?? null,
      unreadable: held?.unreadable ?? null,
    },
    apmServer: {
      ...lookOf(server),
      accepted: said?.accepted ?? null,
      refused: said?.refused ?? null,
      unclear: said?.unclear ?? null,
      acceptsAny: said?.isOpen ?? null,
    },
    targets: targets.map(({ name, look }) => ({ name, ...lookOf(look), ...countsOf(look) })),
    meaning: kind,
    detail,
    next,
  };
}

function lookOf(look: Looked<unknown>): { lookedAt: string | null; why: string | null } {
  return look.isLookedAt
    ? { lookedAt: new Date(look.at).toISOString(), why: null }
    : { lookedAt: null, why: look.why };
}

type Counts = Pick<WhereView['targets'][number], 'state' | 'seen' | 'of' | 'other' | 'detail'>;

function countsOf(look: Looked<TargetHas>): Counts {
  const nothing = { state: null, seen: null, of: null, other: null, detail: null };
  if (!look.isLookedAt) return nothing;
  const { is, ...seen } = look.seen;
  return { ...nothing, state: is, ...seen };
}
