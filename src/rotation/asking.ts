import { hasBegun, isOver, type Delivery } from './delivery.js';
import type { Asked, Run, RunMode } from './run.js';
import { stallOf } from './run.js';

/** What a person may ask of a run as a whole. */
export const WISHES = [
  'retry',
  'cancel',
  'adopt',
  'rollback',
  'reset_again',
  'pause',
  'resume',
] as const satisfies readonly Asked['what'][];
export type Wish = (typeof WISHES)[number];

/**
 * Why this cannot be asked of the run as it is, a sentence for a person; undefined where it can. What becomes of it
 * depends on the next look at the world, and is said in the run's log.
 */
export function refusalOf(run: Run, what: Wish): string | undefined {
  const { state, id } = run;
  const open = unanswered(run, what);
  if (open !== undefined) return open;
  if (state.state === 'ended') return refusalOfEnded(run, what);
  if (state.state === 'settled') return refusalOfDeliveries(run, what);
  if (what === 'pause' || what === 'resume')
    return `the token of ${id} is not current yet, so there are no deliveries to ${what}: \`rotor cancel ${id}\` ends the run, \`rotor pause ${run.rotation}\` keeps the next one from starting`;
  if (what === 'retry') return undefined;
  if (what === 'cancel') return isUnsent(state) ? undefined : (neverOf(run, 'rollback') ?? noWayBack(run));
  const never = neverOf(run, what);
  if (never !== undefined) return never;
  if (!stallOf(state)) return `${id} is not stalled: it goes on by itself (${state.state})`;
  if (what === 'rollback') return noWayBack(run);
  if (what === 'adopt') return noProof(run);
  return what === 'reset_again' ? noReset(run) : undefined;
}

/** For a sentence. */
export function whoOf({ by }: Pick<Asked, 'by'>): string {
  return by ?? 'a person';
}

/** One thing is asked at a time. */
export function unanswered({ id, asked }: Run, what: Asked['what']): string | undefined {
  if (!asked || overrules(what, asked)) return undefined;
  const of = asked.target === undefined ? '' : ` of ${asked.target}`;
  return `${id} has not answered yet what was asked before (${asked.what.replace('_', '-')}${of})`;
}

/** Another one of a run that has succeeded would be one more rotation, and is not what was meant. */
function refusalOfEnded(run: Run, what: Wish): string {
  const { id } = run;
  if (what === 'cancel' || what === 'pause' || what === 'resume')
    return `${id} has ended, so that nothing of it is left to ${what}`;
  if (modeOfRetry(run) === undefined) return `${id} has succeeded, so that nothing of it is left to decide`;
  return `${id} has ended: start another one with \`rotor retry ${id}\``;
}

/** What looks before it answers may take a minute: whoever stops the deliveries need not wait for it. */
function overrules(what: Asked['what'], { what: before, target }: Asked): boolean {
  const looks = before === 'resume' || before === 'ack' || (before === 'retry' && target !== undefined);
  return looks && (what === 'pause' || what === 'cancel');
}

/** Of a run whose token is current: what can still be asked is about the deliveries whose turn has not come. */
function refusalOfDeliveries({ id, deliveries, paused, asked }: Run, what: Wish): string | undefined {
  if (what === 'resume') return paused ? undefined : `the deliveries of ${id} are not paused`;
  if (what !== 'pause' && what !== 'cancel')
    return paused
      ? `the deliveries of ${id} are paused: \`rotor resume ${id}\` lets them go on`
      : `the token of ${id} is current, and its deliveries are tried again by themselves; \`rotor retry ${id} TARGET\` does not wait for that`;
  if (what === 'pause' && paused && !asked) return `the deliveries of ${id} are paused already`;
  const isLeft = deliveries.some((one) => !isOver(one) && !hasBegun(one));
  return isLeft
    ? undefined
    : `the token of ${id} is current and every delivery has begun, so that nothing is left to ${what === 'cancel' ? 'stop' : 'pause'}`;
}

/** Nothing was sent: every token is where it was. */
export function isUnsent({ state }: Run['state']): boolean {
  return state === 'preparing' || state === 'anchoring' || state === 'prepared';
}

/** Whatever the state of the run. */
function neverOf({ issuerKind }: Run, what: Wish): string | undefined {
  if (what === 'rollback' && issuerKind === 'server-chosen')
    return "a reset cannot be taken back: the Elastic Cloud API takes no token of one's choice";
  if (what === 'reset_again' && issuerKind === 'caller-chosen')
    return 'the token is one that Rotor sets, so nothing is reset';
  return undefined;
}

function noWayBack({ id, state }: Run): string | undefined {
  if (state.state !== 'setting' && state.state !== 'accepting')
    return `the APM Server has accepted the new token of ${id}: to leave it, rotate again`;
  if (state.aim.goal === 'previous') return `${id} is on its way back already`;
  return state.aim.previous
    ? undefined
    : `${id} adopts a token that was set before: there is none to go back to`;
}

/** Adopted is what every connection accepts, where a random token is refused. The run goes on by itself after either. */
function noProof({ id, state }: Run): string | undefined {
  const reason = stallOf(state)?.reason;
  if (reason === 'instances_disagree')
    return `instances of the APM Server disagree, so that no token is accepted by every connection: restart the one that stays behind, then \`rotor retry ${id}\``;
  return reason === 'authentication_open'
    ? `the APM Server accepts any token, so that nothing proves one: switch authentication on again, then \`rotor retry ${id}\``
    : undefined;
}

function noReset({ state }: Run): string | undefined {
  return state.state === 'resetting' ? undefined : 'the token of the reset is known, and in the store';
}

/**
 * As what an ended run is tried again; undefined where there is nothing left to do. What only failed to reach its
 * targets is delivered again, without another token.
 */
export function modeOfRetry({ state, mode }: Run): RunMode | undefined {
  if (state.state !== 'ended' || state.outcome === 'succeeded') return undefined;
  return state.outcome === 'partial' ? 'adopt' : mode;
}

/** Those that do not have the token of the run. */
export function targetsToRetry({ deliveries }: Run): readonly string[] {
  const isBehind = ({ state }: Delivery): boolean => ['failed', 'skipped', 'superseded'].includes(state);
  return deliveries.filter(isBehind).map(({ target }) => target);
}
