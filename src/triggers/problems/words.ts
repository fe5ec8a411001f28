import type { DeliveryState } from '../../rotation/delivery.js';
import type { Code } from '../../rotation/errors.js';
import type { EndReason, Outcome } from '../../rotation/run.js';
import type { ROTATION_STATES } from '../rotation-states.js';
import type { Page } from './page.js';

/** What a rotation is at, what became of a run and why, and where a delivery stands; a code says the rest. */
type Word = Exclude<Outcome | EndReason | (typeof ROTATION_STATES)[number] | DeliveryState, Code>;

const NOTHING = 'Nothing.';
const FOLLOW = '`rotor watch RUN` follows it.';
const REDELIVER = 'Repair what the run names, then `rotor redeliver NAME --target TARGET`.';

export const words: Readonly<Record<Word, Page>> = {
  new: {
    means: 'Rotor knows the rotation, and no run of it has been started yet.',
    todo: ['`rotor adopt NAME` stores and delivers the token in force; `rotor rotate NAME` sets a new one.'],
  },
  fresh: {
    means: 'The token is younger than its policy asks for, and its last run has succeeded.',
    todo: [NOTHING],
  },
  due: {
    means:
      'The token is to be changed, and something holds its run back: a window, a blackout, jitter, a limit.',
    todo: ['`rotor plan NAME` says what, and until when. `rotor rotate NAME` does not wait for it.'],
  },
  overdue: {
    means: 'The token is older than `maxAge` allows.',
    todo: ['`rotor plan NAME` says what holds its run back; `rotor rotate NAME` starts one now.'],
  },
  rotating: { means: 'A run is under way.', todo: ['`rotor status NAME --watch` follows it.'] },
  drifted: {
    means: 'Issuer, APM Server, store and targets do not agree, in two looks in a row.',
    todo: [
      '`rotor status` has the one command that repairs it; with `watch: { onDrift: adopt }` Rotor does so by itself.',
    ],
  },
  degraded: {
    means: 'The token is changed, and not every target is seen to run with it: the last run is partial.',
    todo: [REDELIVER],
  },
  stalled: {
    means:
      'A run waits, for an upstream system or for a person. It never ends while the token of the server is undecided, looks again once a minute and goes on by itself.',
    todo: [
      '`rotor status NAME` says what it waits for, and which commands can be given: `rotor retry RUN` looks at once, `rotor resolve RUN` decides what no look can show.',
    ],
  },
  deliveries_paused: {
    means:
      'The token is current, and no further delivery begins: a target failed (`onTargetFailure: pause`), or somebody paused them.',
    todo: ['`rotor resume RUN` goes on, `rotor cancel RUN` leaves out the rest.'],
  },

  succeeded: {
    means:
      'The new token is accepted by the APM Server, the old one is refused, it is current in the store, and every target is seen to run with it or is assumed to.',
    todo: [NOTHING],
  },
  partial: {
    means: 'The token is changed and current in the store; at least one target does not have it.',
    todo: [REDELIVER],
  },
  failed: {
    means:
      'Of a run: it has ended without a new token in force, and says what holds now. Of a delivery: its last try has failed.',
    todo: [
      '`rotor watch RUN` has the reason; `rotor doctor` looks at each part. The schedule tries again by itself, later each time.',
    ],
  },
  cancelled: {
    means: 'Somebody has ended the run: nothing was sent, or the previous token was set again.',
    todo: ['For an hour the schedule starts no other one; `rotor rotate NAME` does.'],
  },

  refused: {
    means: 'The run ended before anything was changed: something that it needs is not as it has to be.',
    todo: ['The code beside it says what; `rotor explain CODE`.'],
  },
  not_observed: {
    means:
      'The answer of a reset was lost, and for the whole `verify.quietPeriod` nothing shows that it was carried out. The old token is in force.',
    todo: ['Nothing: the schedule tries again by itself.'],
  },
  plan_failed: {
    means: 'Elastic Cloud could not apply the plan with the new token, and stays on the old one.',
    todo: ['See the activity of the deployment in the console; then `rotor retry RUN`.'],
  },
  rolled_back: {
    means:
      'The new token was not accepted in time, or the APM Server could not load it: a copy of the previous one was set again and is in force.',
    todo: ['The run says what was seen; then `rotor retry RUN`.'],
  },
  contested: {
    means: 'Something puts another token back each time: GitOps, a script, a colleague.',
    todo: ['Find it, and take the token out of what it applies; then `rotor retry RUN`.'],
  },
  superseded: {
    means:
      'A newer token took the place of this one: another run, or somebody else, has set it. What is in force is in the store.',
    todo: [NOTHING, '`rotor verify NAME` shows what holds.'],
  },
  resource_gone: {
    means: 'The deployment or its APM Server has been deleted. The versions in the store are kept.',
    todo: ['Take the rotation out of the config.'],
  },
  old_still_accepted: {
    means: 'The new token is in force, and a connection still accepted the old one at the end.',
    todo: ['Restart the instance that stayed behind; `rotor verify NAME` looks again.'],
  },
  replicas_behind: {
    means: 'A replica of the secret in another region does not have the current version yet.',
    todo: ['See the replication status of the secret in AWS; then `rotor retry RUN`.'],
  },
  targets_failed: {
    means: 'A delivery has failed; the token is changed and current in the store.',
    todo: [REDELIVER],
  },
  targets_skipped: {
    means: 'Deliveries were left out, since somebody stopped them or `onTargetFailure: stop` did.',
    todo: ['When they may get it: `rotor redeliver NAME --target TARGET`.'],
  },
  needs_release: {
    means: 'What runs at a target gets the token only with a new version of the application.',
    todo: ['Release it, then `rotor verify NAME`.'],
  },

  waiting: { means: 'The turn of this delivery has not come.', todo: [FOLLOW] },
  delivering: { means: 'The token is being brought to the target.', todo: [FOLLOW] },
  observing: {
    means: 'The target has been told, and its instances are counted that run with the token.',
    todo: [FOLLOW],
  },
  converged: { means: 'Every instance of the target is seen to run with the token.', todo: [NOTHING] },
  assumed: {
    means:
      'The token was delivered, and nothing can be seen of what runs with it. It is never shown as done.',
    todo: ['Give the target a `check`, or see the page of its kind for what can be seen.'],
  },
  skipped: {
    means: 'The delivery was left out.',
    todo: ['When it may get it: `rotor redeliver NAME --target TARGET`.'],
  },
};
