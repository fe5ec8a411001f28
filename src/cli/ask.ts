import type { DeliveryWish } from '../rotation/asking-deliveries.js';
import { isOver } from '../rotation/delivery.js';
import { RotorError } from '../rotation/errors.js';
import type { RunView } from '../triggers/run-view.js';
import { sayNextOf } from './after-run.js';
import { Client, type Resolution } from './client.js';
import { show, type Output } from './output.js';
import { printNote } from './print.js';
import { stayOf, type Stay, type StayOptions } from './stay.js';
import { roomOf } from './room.js';
import { renderRun } from './tree.js';
import { exitCodeOf, wait, watch } from './watch.js';

/** Looks, and is answered, within seconds; a run whose looks fail answers when they work again. */
const ANSWERED_WITHIN_S = 30;
/** What a resume, or what is asked of one target, looks at may take the server a minute. */
const RESUME_ANSWERED_WITHIN_S = 75;

type Options = Output & StayOptions & { readonly reason: string };
type DeliveryView = RunView['deliveries'][number];
type Choice = { readonly adopt?: boolean; readonly rollback?: boolean; readonly resetAgain?: boolean };

/** Tries a run again now: the same one where it waits, another one where it has ended. */
export async function retry(id: string, options: Options): Promise<number> {
  const stay = stayOf(options);
  const client = await Client.fromEnvironment();
  const { id: goesOn } = await client.askOf(id, 'retry', options.reason);
  const run = await showAnswer(client, goesOn, stay, options);
  sayNextOf(run, options, id);
  return exitCodeOf(run);
}

/** Tries one target of a run again now. Exit code 4 where it stays behind. */
export async function retryOne(id: string, target: string, options: Options): Promise<number> {
  const isOnItsWay = ({ state }: DeliveryView): boolean => state !== 'failed' && state !== 'skipped';
  return ofDelivery(
    { id, target, what: 'retry', isDone: isOnItsWay, isToldBy: () => true, undone: 4 },
    options,
  );
}

/** Exit code 7 where what is seen of the target speaks against it, 8 where nobody has looked yet. */
export async function ack(id: string, target: string, options: Options): Promise<number> {
  const isBelieved = ({ acknowledged, state }: DeliveryView): boolean =>
    acknowledged !== null || state === 'converged';
  return ofDelivery({ id, target, what: 'ack', isDone: isBelieved, isToldBy: isOver, undone: 7 }, options);
}

/** Exit code 7 where it is not left out any more. */
export async function skip(id: string, target: string, options: Options): Promise<number> {
  return ofDelivery(
    { id, target, what: 'skip', isDone: ({ state }) => state === 'skipped', isToldBy: isOver, undone: 7 },
    options,
  );
}

type OfDelivery = {
  readonly id: string;
  readonly target: string;
  readonly what: DeliveryWish;
  readonly isDone: (delivery: DeliveryView) => boolean;
  /** Whether another run, which is asked nothing, shows by it what has become of the wish. */
  readonly isToldBy: (delivery: DeliveryView) => boolean;
  /** Exit code. */
  readonly undone: number;
};

async function ofDelivery(
  { id, target, what, isDone, isToldBy, undone }: OfDelivery,
  options: Options,
): Promise<number> {
  const stay = stayOf(options);
  const client = await Client.fromEnvironment();
  const { id: goesOn } = await client.askOfDelivery(id, target, what, options.reason);
  const deliveryIn = ({ deliveries }: RunView) => deliveries.find((one) => one.target === target);
  const isOpen = (now: RunView): boolean => {
    if (isUnanswered(now) || goesOn === id || now.outcome !== null) return isUnanswered(now);
    const delivery = deliveryIn(now);
    return !delivery || !isToldBy(delivery);
  };
  const run = await showAnswer(client, goesOn, stay, options, isOpen);
  const delivery = deliveryIn(run);
  const isUndone = delivery !== undefined && !isDone(delivery);
  // One that has ended without a delivery has done nothing of what was asked.
  const isAnswered = stay.how === 'leave' && delivery !== undefined;
  const exit = isOpen(run) ? exitCodeOf(run) : isUndone ? undone : isAnswered ? 0 : exitCodeOf(run);
  if (exit !== 0) sayNextOf(run, options, id);
  return exit;
}

/** Exit code 0 where it has ended before anything was sent; else what became of it. */
export async function cancel(id: string, options: Options): Promise<number> {
  const stay = stayOf(options);
  const client = await Client.fromEnvironment();
  await client.askOf(id, 'cancel', options.reason);
  const run = await showAnswer(client, id, stay, options);
  return run.outcome === 'cancelled' ? 0 : exitCodeOf(run);
}

/** Holds or lets go the deliveries of a run. Exit code 7 where they stay paused, 4 where a cancel was asked instead. */
export async function hold(id: string, what: 'pause' | 'resume', options: Options): Promise<number> {
  const client = await Client.fromEnvironment();
  const before = await client.run(id);
  await client.askOf(id, what, options.reason);
  const run = await showAnswer(client, id, { how: 'leave' }, options);
  if (what === 'pause' || run.asked !== null) return 0;
  const stopped = skippedSince(before, run);
  if (stopped === undefined) return run.paused === null ? 0 : 7;
  printNote(`the deliveries do not go on; ${stopped.target}: ${stopped.detail ?? 'skipped'}`);
  return 4;
}

/** A cancel skips all that has not begun, and the detail of each says who asked for it. */
function skippedSince(before: RunView, now: RunView): RunView['deliveries'][number] | undefined {
  if (now.deliveries.some(({ state }) => state === 'waiting')) return undefined;
  const skipped = new Set(before.deliveries.flatMap((one) => (one.state === 'skipped' ? [one.target] : [])));
  return now.deliveries.find(({ target, state }) => state === 'skipped' && !skipped.has(target));
}

/** Exit code 7 where what is seen speaks against it. */
export async function resolve(id: string, options: Options & Choice): Promise<number> {
  const how = chosen(options);
  const stay = stayOf(options);
  const client = await Client.fromEnvironment();
  await client.resolve(id, how, options.reason);
  const run = await showAnswer(client, id, stay, options);
  // What was done is on its way, and does not wait any more.
  const isDeclined = stay.how === 'leave' && !isUnanswered(run) && run.stalled !== null;
  return isDeclined ? 7 : exitCodeOf(run);
}

function chosen({ adopt, rollback, resetAgain }: Choice): Resolution {
  const all = { adopt, rollback, 'reset-again': resetAgain };
  const named = (Object.keys(all) as Resolution[]).filter((how) => all[how] === true);
  const [how] = named;
  if (how !== undefined && named.length === 1) return how;
  const found = named.length === 0 ? 'none is given' : `${named.length} are given`;
  throw new RotorError(
    'request_invalid',
    `one of --adopt, --rollback and --reset-again is needed; ${found}`,
    {
      hint: 'See `rotor resolve --help` for what each of them does.',
    },
  );
}

/** What became of it: the run's own note, or with --watch or --wait the whole rest of the run. */
async function showAnswer(
  client: Client,
  id: string,
  { how, withinMs }: Stay,
  options: Options,
  isOpen = isUnanswered,
): Promise<RunView> {
  // Whoever stays sees the rest of it there, and for as long as was said.
  const answered = await untilAnswered(client, id, how === 'leave' ? isOpen : isUnanswered);
  const stays = how !== 'leave' && !isUnanswered(answered);
  const run = stays ? await (how === 'wait' ? wait : watch)(client, id, { withinMs }) : answered;
  await show(run, options, {
    table: () => (how === 'watch' ? '' : renderRun(run, { color: false, room: roomOf() }).join('\n')),
    names: () => [id],
  });
  if (run.asked !== null) printNote('not answered yet: the run does so with its next look that works');
  if (run.outcome === null) printNote(`next: rotor watch ${run.id}`);
  return run;
}

async function untilAnswered(
  client: Client,
  id: string,
  isOpen: (run: RunView) => boolean,
): Promise<RunView> {
  let run = await client.run(id);
  // One that was asked nothing is a run of its own, and looks all the same.
  const looks = run.asked === null || run.asked.what === 'resume' || run.asked.target !== null;
  const withinS = looks ? RESUME_ANSWERED_WITHIN_S : ANSWERED_WITHIN_S;
  const until = performance.now() + withinS * 1_000;
  while (isOpen(run) && performance.now() < until) run = await client.run(id, { since: run.seq, seconds: 5 });
  return run;
}

function isUnanswered({ asked }: RunView): boolean {
  return asked !== null;
}
