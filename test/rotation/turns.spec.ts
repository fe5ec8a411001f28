import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Turns } from '../../src/rotation/turns.js';

const TURN_MS = 3_000;
const never = new Promise<never>(() => undefined);

describe('turns', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('let so many go on at one time, in the order in which they came', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    const done = gates.map(async ({ promise }, index) =>
      turns.take(async () => {
        begun.push(index);
        await promise;
        return index;
      }),
    );
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual([0, 1]);
    gates[1]?.resolve();
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve();
    expect(await Promise.all(done)).toEqual([0, 1, 2, 3]);
  });

  it('go to the next one where one takes too long, which goes on all the same', async () => {
    const turns = new Turns(1);
    const slow = Promise.withResolvers<string>();
    const late = turns.take(async () => slow.promise);
    const next = turns.take(async () => 'quick');
    await jest.advanceTimersByTimeAsync(TURN_MS);
    expect(await next).toBe('quick');
    slow.resolve('late');
    expect(await late).toBe('late');
  });

  it('are not used up by those that never end', async () => {
    const turns = new Turns(2);
    for (let sick = 0; sick < 6; sick += 1) void turns.take(async () => never);
    const healthy = turns.take(async () => 'well');
    await jest.advanceTimersByTimeAsync(3 * TURN_MS);
    expect(await healthy).toBe('well');
  });

  it('say what one failed with, and go on', async () => {
    const turns = new Turns(1);
    const failed = turns.take(async () => Promise.reject(new Error('no answer')));
    await expect(failed).rejects.toThrow('no answer');
    expect(await turns.take(async () => 'next')).toBe('next');
  });
});
