import type { Looked, TargetHas, Whereabouts } from './whereabouts.js';
import { acceptedByAll, refusedByAll } from './world.js';

/**
 * What the whereabouts of a token amount to. `unstored`, the worst: the APM Server accepts it and the store does not
 * hand it out. `unproven`: something was not looked at, and what was seen is no finding.
 */
export const MEANINGS = [
  'in_force',
  'on_its_way',
  'unneeded',
  'unknown_here',
  'unproven',
  'open',
  'unstored',
  'still_accepted',
  'refused',
  'instances_disagree',
  'targets_behind',
  'still_used',
] as const;

export type Meaning = {
  readonly kind: (typeof MEANINGS)[number];
  /** For a person. */
  readonly detail: string;
  /** The one command. */
  readonly next?: string;
};

/** By the journal. */
export type TokenPast = {
  /** A run has had it at hand. */
  readonly isKnown: boolean;
  /** A run that changes the token of its rotation, and is not stalled. */
  readonly underWay?: string;
  /** The same of one that is stalled: it may need a person, so that what is seen is said. */
  readonly stalled?: string;
  /** The run that is bringing it to the targets now. */
  readonly deliveredBy?: string;
  /** It is in force again after another one had replaced it: what holds, without a full stop, and the command. */
  readonly putBack?: { readonly detail: string; readonly repair: string };
};

/** Pure. First hit says it: what loses events comes first, what nobody needs last. */
export function meaningOf(seen: Whereabouts, past: TokenPast): Meaning {
  const meaning = firstOf(seen, past);
  return past.stalled === undefined ? meaning : whileStalled(meaning, past.stalled);
}

/** What differs is of that run, and goes with it. */
const OF_A_CHANGE: ReadonlySet<Meaning['kind']> = new Set([
  'still_accepted',
  'refused',
  'instances_disagree',
  'targets_behind',
  'still_used',
]);

function whileStalled(meaning: Meaning, run: string): Meaning {
  const next = `rotor watch ${run}`;
  if (meaning.kind === 'unstored') return { ...meaning, next };
  if (!OF_A_CHANGE.has(meaning.kind)) return meaning;
  return {
    kind: 'on_its_way',
    detail: `${run} has the change on its way, and is stalled. ${meaning.detail}`,
    next,
  };
}

function firstOf(seen: Whereabouts, past: TokenPast): Meaning {
  return (
    ofOpenServer(seen) ??
    ofChange(seen, past) ??
    ofAcceptance(seen) ??
    ofCurrent(seen, past) ??
    ofUse(seen, past) ??
    ofDoubt(seen) ??
    ofIssuer(seen) ??
    ofNoUse(seen, past)
  );
}

function ofOpenServer({ rotation, server }: Whereabouts): Meaning | undefined {
  if (!server.isLookedAt || !server.seen.isOpen) return undefined;
  const detail = 'The APM Server accepts any token: its authentication is switched off.';
  return { kind: 'open', detail, next: `rotor verify ${rotation}` };
}

/** What is changing may look like anything. */
function ofChange({ busy, rotation }: Whereabouts, { underWay }: TokenPast): Meaning | undefined {
  if (underWay !== undefined) {
    const detail = `${underWay} is under way, so that nothing can be said yet.`;
    return { kind: 'on_its_way', detail, next: `rotor watch ${underWay}` };
  }
  if (busy === undefined) return undefined;
  const detail = `A change is on its way, so that nothing can be said yet: ${busy}`;
  return { kind: 'on_its_way', detail, next: `rotor status ${rotation}` };
}

/** Accepted, and not what consumers get. */
function ofAcceptance(seen: Whereabouts): Meaning | undefined {
  const { rotation, server, store, fingerprint } = seen;
  if (!server.isLookedAt || server.seen.accepted === 0 || !store.isLookedAt || isCurrent(seen))
    return undefined;
  const { kept, current, unreadable } = store.seen;
  // One of them may hold it.
  if (kept.length === 0 && unreadable > 0) return undefined;
  const inForce = current === undefined ? 'no token' : current;
  const next = `rotor verify ${rotation}`;
  if (kept.every(({ role }) => role === 'unlabelled')) {
    const where = kept.length === 0 ? 'not at all' : 'only as a version without a label, which it may delete';
    const detail = `THE APM SERVER ACCEPTS ${fingerprint} AND THE STORE DOES NOT HAND IT OUT: the store holds it ${where}, and has ${inForce} current; whoever starts anew is refused.`;
    return { kind: 'unstored', detail, next };
  }
  const detail = `The APM Server still accepts it, and the store has ${inForce} current.`;
  return { kind: 'still_accepted', detail, next };
}

function isCurrent({ store }: Whereabouts): boolean {
  return store.isLookedAt && store.seen.kept.some(({ role }) => role === 'current');
}

/** The store hands it out. */
function ofCurrent(seen: Whereabouts, { deliveredBy, putBack }: TokenPast): Meaning | undefined {
  if (!isCurrent(seen)) return undefined;
  const { rotation, server } = seen;
  if (!server.isLookedAt) return undefined;
  const next = `rotor verify ${rotation}`;
  if (refusedByAll(server.seen))
    return { kind: 'refused', detail: 'The store hands it out, and the APM Server refuses it.', next };
  if (server.seen.refused > 0) {
    const detail = 'The store hands it out, and a part of the connections to the APM Server refuses it.';
    return { kind: 'instances_disagree', detail, next };
  }
  if (!acceptedByAll(server.seen)) return undefined;
  const behind = namesWhere(
    seen,
    (has) => has.is === 'needs_release' || (has.is === 'counted' && has.seen < has.of),
  );
  if (behind.length > 0 && deliveredBy !== undefined) {
    const detail = `It is in force, and ${deliveredBy} is bringing it to the targets.`;
    return { kind: 'on_its_way', detail, next: `rotor watch ${deliveredBy}` };
  }
  if (behind.length > 0) {
    const detail = `It is in force, and ${notWholly(behind)} run with it.`;
    return { kind: 'targets_behind', detail, next: redeliver(rotation, behind) };
  }
  if (isAnyUnseen(seen)) return undefined;
  if (putBack)
    return { kind: 'in_force', detail: `${putBack.detail}${assumed(seen)}.`, next: putBack.repair };
  return { kind: 'in_force', detail: `It is in force${assumed(seen)}.` };
}

/** Refused or not, somebody runs with it. */
function ofUse(seen: Whereabouts, past: TokenPast): Meaning | undefined {
  if (isCurrent(seen)) return undefined;
  const { rotation } = seen;
  const users = namesWhere(seen, (has) => has.is === 'counted' && has.seen > 0);
  if (users.length > 0) {
    const detail = sentence(`${targets(users)} still ${users.length > 1 ? 'run' : 'runs'} with it.`);
    return { kind: 'still_used', detail, next: redeliver(rotation, users) };
  }
  // What an instance runs with that nobody can name is hardly a token that was never here.
  if (!seen.store.isLookedAt || isStranger(seen, past)) return undefined;
  const maybe = namesWhere(
    seen,
    (has) => has.is === 'needs_release' || (has.is === 'counted' && has.other > 0),
  );
  if (maybe.length === 0) return undefined;
  const detail = sentence(`${notWholly(maybe)} run with the token in force, and may run with this one.`);
  return { kind: 'still_used', detail, next: redeliver(rotation, maybe) };
}

function ofDoubt(seen: Whereabouts): Meaning | undefined {
  const { server, store, issuer } = seen;
  const unseen = [
    ...(store.isLookedAt ? [] : ['the store']),
    ...(store.isLookedAt && store.seen.unreadable > 0 ? ['a version of the store'] : []),
    ...(isRuledOut(server, issuer) ? [] : ['the APM Server']),
    ...seen.targets.filter(({ look }) => !look.isLookedAt).map(({ name }) => name),
  ];
  if (unseen.length === 0) return undefined;
  const detail = `Nothing is proven, since not everything could be seen: ${unseen.join(', ')}.`;
  return { kind: 'unproven', detail, next: `rotor verify ${seen.rotation}` };
}

/** It is refused, or cannot be shown to anybody and the issuer has another one in force: there is one token alone. */
function isRuledOut(server: Whereabouts['server'], issuer: Whereabouts['issuer']): boolean {
  if (server.isLookedAt) return refusedByAll(server.seen);
  return issuer.isLookedAt && issuer.seen === 'another';
}

/** The APM Server refuses it, and has not rolled it out yet: its issuer is ahead. */
function ofIssuer({ issuer, rotation }: Whereabouts): Meaning | undefined {
  if (!issuer.isLookedAt || issuer.seen === 'another') return undefined;
  const has = issuer.seen === 'in_force' ? 'has it in force' : 'is bringing it';
  const detail = `The issuer ${has}, and the APM Server does not accept it yet.`;
  return { kind: 'on_its_way', detail, next: `rotor verify ${rotation}` };
}

function isStranger({ store }: Whereabouts, { isKnown }: TokenPast): boolean {
  return !isKnown && !(store.isLookedAt && store.seen.kept.length > 0);
}

function ofNoUse(seen: Whereabouts, past: TokenPast): Meaning {
  if (isStranger(seen, past))
    return { kind: 'unknown_here', detail: `${seen.rotation} has never had it, as far as Rotor knows.` };
  return { kind: 'unneeded', detail: `Nobody needs it any more${assumed(seen)}.` };
}

function isAnyUnseen({ targets: all }: Whereabouts): boolean {
  return all.some(({ look }) => !look.isLookedAt);
}

function namesWhere(seen: Whereabouts, is: (has: TargetHas) => boolean): string[] {
  const holds = (look: Looked<TargetHas>): boolean => look.isLookedAt && is(look.seen);
  return seen.targets.filter(({ look }) => holds(look)).map(({ name }) => name);
}

function assumed(seen: Whereabouts): string {
  const names = namesWhere(seen, (has) => has.is === 'assumed');
  return names.length === 0 ? '' : `, as far as can be seen: nobody can look at ${names.join(', ')}`;
}

function notWholly(names: readonly string[]): string {
  return `${targets(names)} ${names.length === 1 ? 'does' : 'do'} not wholly`;
}

function targets(names: readonly string[]): string {
  return names.length === 1 ? `one target (${names[0]})` : `${names.length} targets (${names.join(', ')})`;
}

function redeliver(rotation: string, names: readonly string[]): string {
  return `rotor redeliver ${rotation} --target ${names.join(' ')}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
