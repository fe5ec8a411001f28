import { expect } from '@jest/globals';
import { refusalOfDelivery, type DeliveryWish } from '../../src/rotation/asking-deliveries.js';
import type { Delivery } from '../../src/rotation/delivery.js';
import type { Run } from '../../src/rotation/run.js';
import { stepsOf } from '../../src/rotation/story.js';
import { driveUntil, targetOf } from './fleet.js';
import type { World } from './held.js';

/** As by the REST API. */
export async function ask(
  { journal }: World,
  { id }: Run,
  what: DeliveryWish,
  target: string,
): Promise<void> {
  await journal.ask(id, { what, target, reason: 'looked at it', by: 'ada' }, (now) => {
    expect(refusalOfDelivery(now, what, theDelivery(now, target))).toBeUndefined();
  });
}

export const notesOf = async ({ journal }: World, run: Run): Promise<readonly string[]> =>
  stepsOf(run, await journal.entries(run.id)).flatMap(({ notes }) => notes);
export const deliveryTo = ({ deliveries }: Run, name: string) =>
  deliveries.find(({ target }) => target === name);
export const theDelivery = (run: Run, name: string): Delivery => {
  const delivery = deliveryTo(run, name);
  if (!delivery) throw new Error(`no delivery to ${name}`);
  return delivery;
};
/** So that the run goes on while something is asked of another target. */
export const holdOpen = (world: World, name: string): (() => void) => {
  const target = targetOf(world, name);
  target.instancesFollow = false;
  return () => (target.instances = target.delivered.map(({ fingerprint }) => fingerprint));
};
export const answered = async (world: World, run: Run): Promise<Run> =>
  driveUntil(world, run, ({ asked }) => asked === undefined);
