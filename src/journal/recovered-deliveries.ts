import type { Transaction } from 'kysely';
import { deliveryConverged } from '../events/happened.js';
import type { RotorEvent } from '../events/schemas.js';
import type { Delivery } from '../rotation/delivery.js';
import type { Run } from '../rotation/run.js';
import { note, noted } from './standings.js';
import type { Tables } from './tables.js';

/** Of a target that was told of as failed, in this run or in one before, and runs with the token now. */
export async function recoveredDeliveries(
  tx: Transaction<Tables>,
  before: Run,
  run: Run,
  isShared: boolean,
): Promise<RotorEvent[]> {
  if (run.deliveries === before.deliveries) return [];
  const { rotation } = run;
  const events: RotorEvent[] = [];
  for (const delivery of run.deliveries) {
    const { target, state } = delivery;
    if (stateIn(before.deliveries, target) === state) continue;
    const topic = `delivery ${target}`;
    if (state === 'failed') await note(tx, { rotation, topic, value: 'failed' });
    if (state !== 'converged' || (await noted(tx, { rotation, topic }, isShared)) !== 'failed') continue;
    await note(tx, { rotation, topic, value: 'converged' });
    events.push(deliveryConverged(run, delivery));
  }
  return events;
}

function stateIn(deliveries: readonly Delivery[], wanted: string): Delivery['state'] | undefined {
  return deliveries.find(({ target }) => target === wanted)?.state;
}
