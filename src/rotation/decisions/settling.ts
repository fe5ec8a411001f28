import type { Replica } from '../../stores/store.js';
import type { Action } from '../action.js';
import type { Millis, RunIn, StateOf } from '../run.js';
import type { IssuerSight, World } from '../world.js';
import { refusedByAll } from '../world.js';
import { LOOK_AGAIN } from './verdicts.js';

/** Label reads are eventually consistent (aws-sdk-js-v3#7701): the lock is held until K in a row agree. */
const LABEL_POLL_MS = 500;
/** Reads that still agree on the version before ours are old; for longer than this, somebody has moved it back. */
const LABEL_LAG_MS = 60_000;

/** A replica is made current within seconds; deliveries wait for it, and agents are refused meanwhile. */
const REPLICAS_WITHIN_MS = 60_000;

export function settling(run: RunIn<'settling'>, world: World, now: Millis): Action {
  const { state, policy } = run;
  const { issuer, store } = world;
  const { aim, oldStillAccepted } = state;
  if (!issuer || !store) return LOOK_AGAIN;
  if (movedOn(state, issuer)) {
    const deadline = now + policy.acceptDeadlineMs;
    // What is current in the store by now is what the run would stay on, or go back to.
    const next = { ...aim, previous: aim.wanted, expected: aim.wanted.version };
    return {
      do: 'move',
      to: { state: 'accepting', aim: next, since: now, deadline, resets: 0 },
      note: 'the token was set again by somebody else',
    };
  }
  const mayLag = aim.expected !== aim.wanted.version && now - state.promotedAt < LABEL_LAG_MS;
  const isOld = mayLag && store.current?.version === aim.expected;
  if (world.labelsAgree !== true || !store.current || isOld) {
    return {
      do: 'wait',
      ms: LABEL_POLL_MS,
      why: 'the store does not show one current version to every read yet',
    };
  }
  if (store.current.version !== aim.wanted.version) {
    return { do: 'move', to: { state: 'promoting', aim, tries: 0, oldStillAccepted } };
  }
  const behind = (store.replicas ?? []).filter((replica) => replica.state !== 'in_sync');
  const isOnItsWay = behind.some((replica) => replica.state !== 'failed');
  if (isOnItsWay && now - state.promotedAt < REPLICAS_WITHIN_MS) {
    const why = `the replica of the secret in ${placesOf(behind)} does not have the token yet`;
    return { do: 'wait', ms: LABEL_POLL_MS, why };
  }
  const versions = done(state, store.staged, world);
  const left = behind.length === 0 ? undefined : leftBehind(behind);
  const to = afterwards(state, left);
  const note = left === undefined ? {} : { note: left };
  return versions.length === 0 ? { do: 'move', to, ...note } : { do: 'release', versions, next: to, ...note };
}

function placesOf(replicas: readonly Replica[]): string {
  return replicas.map(({ place }) => place).join(', ');
}

function leftBehind(behind: readonly Replica[]): string {
  const each = behind.map(({ place, state, why }) => {
    const words = why === undefined ? '' : `: ${why.replace(/\.$/, '')}`;
    return `${place} (${state.replace('_', ' ')}${words})`;
  });
  return `The replica of the secret may still have the old token in ${each.join(', ')}: see aws secretsmanager describe-secret.`;
}

function movedOn({ aim }: StateOf<'settling'>, issuer: IssuerSight): boolean {
  const shown = issuer.pending ?? issuer.current;
  return shown !== 'unreadable' && shown !== aim.wanted.fingerprint && shown !== aim.issuerShows;
}

/**
 * Versions whose label has served: the current one, and older ones that every connection refuses now that a later
 * token is accepted. After a roll back the candidate stays: it was sent, and no later token is in force.
 */
function done({ aim }: StateOf<'settling'>, staged: NonNullable<World['store']>['staged'], world: World) {
  const served = staged.filter((pin) => {
    if (pin.fingerprint === aim.wanted.fingerprint) return true;
    return aim.goal === 'candidate' && refusedByAll(world.probes.get(pin.fingerprint));
  });
  return served.map((pin) => pin.version);
}

function afterwards(
  { aim, oldStillAccepted }: StateOf<'settling'>,
  left: string | undefined,
): StateOf<'settled'> | StateOf<'ended'> {
  const { wanted, previous } = aim;
  if (aim.goal === 'candidate') {
    const replicasBehind = left === undefined ? {} : { replicasBehind: left };
    return {
      state: 'settled',
      current: wanted,
      ...(previous && { previous }),
      oldStillAccepted,
      ...replicasBehind,
    };
  }
  const why = (aim.gaveUp ?? 'the new token was not accepted').replace(/\.$/, '');
  const detail =
    `${why}, so ${wanted.fingerprint} was set again: it is accepted and current in the store, and no target was ` +
    'touched. Find out why the APM Server did not take the new one, then run again.';
  return {
    state: 'ended',
    outcome: 'failed',
    reason: 'rolled_back',
    detail: left === undefined ? detail : `${detail} ${left}`,
    current: wanted,
  };
}
