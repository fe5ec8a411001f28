import { once } from 'node:events';
import type { Run } from '../../src/rotation/run.js';
import { stepsOf } from '../../src/rotation/story.js';
import { CANARY, driveUntil, fleet, hopeless, states, targetOf } from './fleet.js';

export type World = Awaited<ReturnType<typeof fleet>>;

/** A run whose canary has failed, so that nobody else gets the token before a person says so. */
export async function paused(): Promise<{ readonly world: World; readonly run: Run }> {
  const world = await fleet(['a', 'b'], { ...CANARY, onTargetFailure: 'pause' }, { a: { wave: 'canary' } });
  hopeless(targetOf(world, 'a'));
  const run = await driveUntil(world, await world.open(), (now) => now.paused !== undefined);
  return { world, run };
}

export async function askToResume({ journal }: World, { id }: Run): Promise<void> {
  await journal.ask(id, { what: 'resume', reason: 'looked at it', by: 'ada' }, () => undefined);
}

/** Until the run has answered. */
export async function resume(world: World, run: Run): Promise<Run> {
  await askToResume(world, run);
  return driveUntil(world, run, ({ asked }) => asked === undefined);
}

/** The look of whoever resumes: `during` happens before it sees the store, which is what it is like afterwards. */
export function onLook({ store }: World, during: (signal: AbortSignal) => Promise<unknown>): void {
  const heads = store.heads.bind(store);
  store.heads = async (signal) => {
    store.heads = heads;
    await during(signal);
    return heads(signal);
  };
}

/** Paused, while the delivery to `b` goes on and the one to `c` has not begun; `fail` ends the one to `b`. */
export async function pausedWithOneUnderWay(
  onTargetFailure: 'pause' | 'continue' = 'pause',
): Promise<{ world: World; run: Run; fail: () => Promise<void> }> {
  const strategy = { ...CANARY, onTargetFailure };
  const world = await fleet(['a', 'b', 'c'], strategy, { a: { wave: 'canary' }, b: { wave: 'canary' } });
  const under = targetOf(world, 'b');
  hopeless(targetOf(world, 'a'));
  const { promise, resolve } = Promise.withResolvers<void>();
  const deliver = under.deliver.bind(under);
  under.deliver = async (token, signal) => {
    if (!signal.aborted) await Promise.race([promise, once(signal, 'abort')]);
    return deliver(token, signal);
  };
  const opened = await world.open();
  const failed = await driveUntil(world, opened, (now) => states(now)['a'] === 'failed');
  if (!failed.paused)
    await world.journal.ask(opened.id, { what: 'pause', reason: 'an incident' }, () => undefined);
  const run = await driveUntil(world, opened, (now) => now.paused !== undefined);
  const fail = async (): Promise<void> => {
    hopeless(under);
    resolve();
    while (states(await world.run(run.id))['b'] !== 'failed') await new Promise(setImmediate);
  };
  return { world, run, fail };
}

export const notesOf = async ({ journal }: World, run: Run): Promise<string | undefined> =>
  stepsOf(run, await journal.entries(run.id))
    .flatMap(({ notes }) => notes)
    .at(-1);
