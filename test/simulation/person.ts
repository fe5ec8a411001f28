import { refusalOfDelivery, type DeliveryWish } from '../../src/rotation/asking-deliveries.js';
import { refusalOf, type Wish } from '../../src/rotation/asking.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Delivery } from '../../src/rotation/delivery.js';
import { stallOf, type Asked, type Run } from '../../src/rotation/run.js';
import { ROTATION, type World } from './world.js';

const LOOKS_EVERY_MS = 60_000;

export type Habits = {
  /** What they ask of a run that says that it is stalled; undefined: not yet. */
  readonly whenStalled?: (run: Run) => Wish | undefined;
  /** What they ask of one whose deliveries are paused. */
  readonly whenPaused?: Wish;
  /** What they ask of one delivery of a run that is delivering. */
  readonly ofDelivery?: (delivery: Delivery) => DeliveryWish | undefined;
  readonly whenEnded?: () => void;
};

/** A person who looks now and then at the newest run, and asks nothing more of it before they have an answer. */
export function attend(world: World, { whenStalled, whenPaused, ofDelivery, whenEnded }: Habits): void {
  const look = async (): Promise<void> => {
    const [run] = await world.journal.list({ rotation: ROTATION, limit: 1 });
    if (!run || run.asked) return;
    if (run.state.state === 'ended') whenEnded?.();
    const what = run.paused ? whenPaused : stallOf(run.state) && whenStalled?.(run);
    if (what) await ask(world, run, { what }, (now) => refusalOf(now, what));
    else if (ofDelivery && run.state.state === 'settled') await askOfOne(world, run, ofDelivery);
  };
  const looking = setInterval(() => void look(), LOOKS_EVERY_MS);
  world.whenClosed(() => clearInterval(looking));
}

async function askOfOne(
  world: World,
  run: Run,
  ofDelivery: NonNullable<Habits['ofDelivery']>,
): Promise<void> {
  for (const delivery of run.deliveries) {
    const what = ofDelivery(delivery);
    if (!what) continue;
    const { target } = delivery;
    return ask(world, run, { what, target }, (now) => {
      const there = now.deliveries.find((one) => one.target === target);
      return there ? refusalOfDelivery(now, what, there) : 'it is gone';
    });
  }
}

/** As by the REST API, which may refuse it: the run may have gone on since they looked. */
async function ask(
  world: World,
  { id }: Run,
  wish: Pick<Asked, 'what' | 'target'>,
  refusalNow: (run: Run) => string | undefined,
): Promise<void> {
  let refusal: string | undefined;
  const mayAsk = (run: Run): void => {
    refusal = refusalNow(run);
    if (refusal !== undefined) throw new RotorError('request_invalid', refusal);
    world.wishes.push({ run: id, what: wish.what });
  };
  try {
    await world.journal.ask(id, { ...wish, reason: 'simulated' }, mayAsk);
  } catch (error) {
    if (refusal === undefined) throw error;
  }
}
