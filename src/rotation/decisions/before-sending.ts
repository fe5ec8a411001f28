import type { Heads, Pin } from '../../stores/store.js';
import type { Action } from '../action.js';
import { RotorError } from '../errors.js';
import type { Millis, Run, StateOf } from '../run.js';
import type { IssuerSight, World } from '../world.js';
import { LOOK_AGAIN, refuse, refuseIfHopeless, waitOrRefuse } from './verdicts.js';

/** Until something is sent every refusal leaves the world as it was. */
export const POLL_MS = 2_000;

export function preparedState(previous: Pin, current: Pin, issuer: IssuerSight): StateOf<'prepared'> {
  const attempt = issuer.attempt === undefined ? {} : { attempt: issuer.attempt };
  return { state: 'prepared', previous, expected: current.version, ...attempt };
}

/** What issuer and store show, or what is to be done as they cannot be gone by. */
export function bothSeen(
  run: Run,
  world: World,
  now: Millis,
): { issuer: IssuerSight; store: Heads } | Action {
  const hopeless = refuseIfHopeless(run, world.trouble, now);
  if (hopeless) return hopeless;
  const { issuer, store } = world;
  if (!issuer || !store) return LOOK_AGAIN;
  if (issuer.moved !== undefined) {
    return refuse('mode_changed', issuer.moved, 'Run again: with `issuer: auto` the next run sets it there.');
  }
  if (issuer.busy === undefined) return { issuer, store };
  const hint = 'Wait for it to complete, or cancel it in the console, then run again.';
  return waitOrRefuse(run, new RotorError('upstream_busy', issuer.busy, { hint }), now, POLL_MS);
}
