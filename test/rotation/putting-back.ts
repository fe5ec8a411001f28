import { expect } from '@jest/globals';
import type { Run } from '../../src/rotation/run.js';
import type { Secret } from '../../src/rotation/secret.js';
import type { AnyIssuer, Harness } from './harness.js';
import { Watching } from './watching.js';

type World = Harness<AnyIssuer>;

export const settledAt = async ({ journal }: World, { id }: Run) =>
  (await journal.entries(id)).find(({ state }) => state?.state === 'settled')?.at;

export const putBack = async (world: World, token?: Secret): Promise<Run> => {
  const watching = new Watching(world);
  world.issuer.changeByOthers(token);
  await watching.look(2);
  return watching.adoption();
};

export const leftIn = async ({ journal }: World) => (await journal.lastSettled('checkout'))?.state;
export const sinceIn = async ({ journal }: World) => {
  const [histories, known] = [await journal.histories(['checkout']), await journal.known(['checkout'])];
  expect(known.get('checkout')?.history).toEqual(histories.get('checkout'));
  return histories.get('checkout')?.tokenSince;
};
