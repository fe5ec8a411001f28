import { unanswered } from './asking.js';
import { hasBegun, waveOf, type Delivery, type DeliveryState } from './delivery.js';
import { leftBy, type Asked, type Run } from './run.js';

/** What a person may ask of one delivery. */
export const DELIVERY_WISHES = ['retry', 'ack', 'skip'] as const satisfies readonly Asked['what'][];
export type DeliveryWish = (typeof DELIVERY_WISHES)[number];

/** Those that the run has left behind, as far as it knows. */
const LEFT_BEHIND: ReadonlySet<DeliveryState> = new Set(['failed', 'skipped', 'needs_release', 'superseded']);

/**
 * Why this cannot be asked of the run and this delivery as they are, a sentence for a person; undefined where it can. Of
 * a run that has ended, to `retry` and to `ack` are done by another one.
 */
export function refusalOfDelivery(run: Run, what: DeliveryWish, delivery: Delivery): string | undefined {
  const { id, state } = run;
  if (state.state === 'ended') return whyNotAfterEnd(run, what, delivery);
  const open = unanswered(run, what);
  if (open !== undefined) return open;
  if (state.state !== 'settled')
    return `the token of ${id} is not current yet, so that nothing is delivered to ${delivery.target}`;
  return whyNot(run, what, delivery);
}

/** Of a run whose deliveries go on. */
export function whyNot(run: Pick<Run, 'id' | 'rotation'>, what: DeliveryWish, delivery: Delivery) {
  const { target, state } = delivery;
  if (state === 'superseded') return `a newer run of ${run.rotation} delivers to ${target}`;
  if (state === 'converged') return `${target} was seen to run with the token${againTo(run, what, target)}`;
  switch (what) {
    case 'retry':
      return whyNotAgain(run, delivery);
    case 'ack':
      return delivery.acknowledged && `that ${target} has the token was said already`;
    case 'skip':
      return whyNotLeftOut(run, delivery);
  }
}

function whyNotAgain(run: Pick<Run, 'id' | 'rotation'>, delivery: Delivery): string | undefined {
  const { target, state, notBefore } = delivery;
  if (state === 'assumed')
    return `the token was delivered to ${target}, and nobody can look${againTo(run, 'retry', target)}`;
  if (state === 'delivering') return `a try to deliver to ${target} is under way`;
  if (state !== 'waiting' || notBefore !== undefined) return undefined;
  return hasBegun(delivery)
    ? `${target} is about to be tried`
    : `the turn of ${target} has not come: it is in wave ${waveOf(delivery)} of ${run.id}`;
}

function whyNotLeftOut({ id }: Pick<Run, 'id'>, { target, state }: Delivery): string | undefined {
  if (state === 'failed')
    return `${target} has failed, and ${id} goes on without it: \`rotor retry ${id} ${target}\` tries it again`;
  if (state === 'skipped') return `${target} is left out of ${id} already`;
  return state === 'assumed' || state === 'needs_release'
    ? `the delivery to ${target} is over (${state.replace('_', ' ')})`
    : undefined;
}

function whyNotAfterEnd(run: Run, what: DeliveryWish, delivery: Delivery): string | undefined {
  const { id, rotation } = run;
  const { target, state } = delivery;
  if (leftBy(run) === undefined)
    return `${id} has ended before its token was current: start another one with \`rotor retry ${id}\``;
  if (what === 'skip') return `${id} has ended, so that nothing of it is left to skip`;
  if (!LEFT_BEHIND.has(state))
    return `${id} has ended, and has not left ${target} behind (${state.replace('_', ' ')})${againTo(run, what, target)}`;
  return what === 'ack' && state === 'superseded'
    ? `a newer run of ${rotation} delivers to ${target}: say it of that one`
    : undefined;
}

function againTo({ rotation }: Pick<Run, 'rotation'>, what: DeliveryWish, target: string): string {
  return what === 'retry' ? `: \`rotor redeliver ${rotation} --target ${target}\` brings it there again` : '';
}
