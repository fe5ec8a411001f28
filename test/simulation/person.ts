import { refusalOf, type Wish } from '../../src/rotation/asking.js';
import { RotorError } from '../../src/rotation/errors.js';
import { stallOf, type Run } from '../../src/rotation/run.js';
import { ROTATION, type World } from './world.js';

const LOOKS_EVERY_MS = 60_000;

export type Habits = {
  /** What they ask of a run that says that it is stalled; undefined: not yet. */
  readonly whenStalled?: (run: Run) => Wish | undefined;
  /** What they ask of one whose deliveries are paused. */
  readonly whenPaused?: Wish;
  readonly whenEnded?: () => void;
};

/** A person who looks now and then at the newest run, and asks nothing more of it before they have an answer. */
export function attend(world: World, { whenStalled, whenPaused, whenEnded }: Habits): void {
  const look = async (): Promise<void> => {
    const [run] = await world.journal.list({ rotation: ROTATION, limit: 1 });
    if (!run || run.asked) return;
    if (run.state.state === 'ended') whenEnded?.();
    const what = run.paused ? whenPaused : stallOf(run.state) && whenStalled?.(run);
    if (what) await ask(world, run, what);
  };
  const looking = setInterval(() => void look(), LOOKS_EVERY_MS);
  world.whenClosed(() => clearInterval(looking));
}

/** As by the REST API, which may refuse it: the run may have gone on since they looked. */
async function ask(world: World, { id }: Run, what: Wish): Promise<void> {
  let refusal: string | undefined;
  const mayAsk = (run: Run): void => {
    refusal = refusalOf(run, what);
    if (refusal !== undefined) throw new RotorError('request_invalid', refusal);
    world.wishes.push({ run: id, what });
  };
  try {
    await world.journal.ask(id, { what, reason: 'simulated' }, mayAsk);
  } catch (error) {
    if (refusal === undefined) throw error;
  }
}
