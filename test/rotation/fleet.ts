import { expect } from '@jest/globals';
import { refusalOf, type Wish } from '../../src/rotation/asking.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { NamedTarget } from '../../src/rotation/ports.js';
import type { Run } from '../../src/rotation/run.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { POLICY, settable, type Harness, type AnyIssuer } from './harness.js';

type Strategy = Pick<Run['policy'], 'waves' | 'soakMs' | 'onTargetFailure' | 'maxConcurrentTargets'>;

export const MINUTE = 60_000;

/** A world with these targets; those of `waves` name one. */
export async function fleet(
  names: readonly string[],
  strategy: Partial<Strategy> = {},
  terms: Record<string, Partial<NamedTarget>> = {},
) {
  const world = await settable();
  world.targets.splice(0, 1, ...names.map((name) => new FakeTarget({ name })));
  world.policy = { ...POLICY, ...strategy };
  world.terms = terms;
  return world;
}

export const CANARY = { waves: [{ name: 'canary' }] } as const;
export const targetOf = (world: Harness<AnyIssuer>, name: string): FakeTarget => {
  const target = world.targets.find((one) => one.name === name);
  if (!target) throw new Error(`no target ${name}`);
  return target;
};
export const broken = (target: FakeTarget, times = 1): void => {
  for (let count = 0; count < times; count += 1)
    target.failNext('deliver', new RotorError('target_failed', `Target ${target.name} is down.`));
};
export const hopeless = (target: FakeTarget): void =>
  target.failNext(
    'deliver',
    new RotorError('target_failed', `Target ${target.name} is gone.`, { retryable: false }),
  );
export const states = ({ deliveries }: Run) =>
  Object.fromEntries(deliveries.map(({ target, state }) => [target, state]));

/** In which order the targets got the token, noted as it happens. */
export function order(world: Harness<AnyIssuer>): string[] {
  const got: string[] = [];
  for (const target of world.targets) {
    const deliver = target.deliver.bind(target);
    target.deliver = async (token, signal) => {
      await deliver(token, signal);
      got.push(target.name);
    };
  }
  return got;
}

/** Drives the run until its deliveries are paused, asks, and lets it go on to its end. */
export async function driveThroughPause(world: Harness<AnyIssuer>, run: Run, asked: Wish): Promise<Run> {
  await driveUntil(world, run, ({ paused: rests }) => rests !== undefined);
  const paused = await driveFor(world, run, 10 * MINUTE);
  await world.journal.ask(run.id, { what: asked, reason: 'looked at it', by: 'ada' }, (now) => {
    expect(refusalOf(now, asked)).toBeUndefined();
  });
  await world.drive(run);
  return paused;
}

/** A worker that dies after a while. */
export async function driveFor(world: Harness<AnyIssuer>, run: Run, ms: number): Promise<Run> {
  const stop = new AbortController();
  world.clock.plan(ms, () => stop.abort());
  await world.drive(run, world.ports, stop.signal).catch(() => undefined);
  return world.run(run.id);
}

/** A worker that dies as soon as the run is so. */
export async function driveUntil(
  world: Harness<AnyIssuer>,
  run: Run,
  isSo: (run: Run) => boolean,
): Promise<Run> {
  const before = await world.run(run.id);
  if (isSo(before)) return before;
  const stop = new AbortController();
  const append = world.journal.append.bind(world.journal);
  world.journal.append = async (...entry) => {
    const now = await append(...entry);
    if (isSo(now)) stop.abort();
    return now;
  };
  await world.drive(run, world.ports, stop.signal).catch(() => undefined);
  world.journal.append = append;
  return world.run(run.id);
}
