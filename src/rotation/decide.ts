import type { Action } from './action.js';
import { anchoring } from './decisions/anchoring.js';
import { accepting } from './decisions/accepting.js';
import { answering } from './decisions/answering.js';
import { prepared } from './decisions/prepared.js';
import { preparing } from './decisions/preparing.js';
import { promoting } from './decisions/promoting.js';
import { resetting } from './decisions/resetting.js';
import { setting } from './decisions/setting.js';
import { settled } from './decisions/settled.js';
import { settling } from './decisions/settling.js';
import { running, sayStalled } from './decisions/verdicts.js';
import type { Millis, Run } from './run.js';
import { stallOf } from './run.js';
import type { World } from './world.js';

/**
 * When. Pure: the same run, world and time give the same action, whether the process has just started or not, so
 * recovery is nothing but the next tick.
 */
export function decide(run: Run, world: World, now: Millis): Action {
  if (run.asked) return answering(run, run.asked, world, now);
  const stalled = sayStalled(run.state, world.trouble, now);
  if (stalled) return stalled;
  const action = decideByState(run, world, now);
  const recovered = action.do === 'wait' && !world.trouble && stallOf(run.state) !== undefined;
  return recovered ? { do: 'move', to: running(run.state), note: 'going on' } : action;
}

function decideByState(run: Run, world: World, now: Millis): Action {
  const { state } = run;
  switch (state.state) {
    case 'preparing':
      return preparing({ ...run, state }, world, now);
    case 'anchoring':
      return anchoring({ ...run, state }, world, now);
    case 'prepared':
      return prepared({ ...run, state }, world, now);
    case 'setting':
      return setting({ ...run, state }, world, now);
    case 'resetting':
      return resetting({ ...run, state }, world, now);
    case 'accepting':
      return accepting({ ...run, state }, world, now);
    case 'promoting':
      return promoting({ ...run, state }, world, now);
    case 'settling':
      return settling({ ...run, state }, world, now);
    case 'settled':
      return settled({ ...run, state });
    case 'ended':
      return { do: 'nothing' };
  }
}
