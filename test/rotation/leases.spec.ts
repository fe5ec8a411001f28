import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Claim } from '../../src/journal/journal.js';
import { systemClock } from '../../src/rotation/clock.js';
import type { RotorError } from '../../src/rotation/errors.js';
import { Leases } from '../../src/rotation/leases.js';

const RENEW_MS = 3_000;
const FRESH_MS = 7_000;
const claimOf = (run: string): Claim => ({ runId: run, epoch: 1 });

describe('the leases of one worker', () => {
  let asked: string[][];
  let answer: (claims: readonly Claim[]) => Promise<readonly Claim[]>;
  let failures: RotorError[];
  let leases: Leases;

  beforeEach(() => {
    jest.useFakeTimers();
    asked = [];
    failures = [];
    answer = async (claims) => claims;
    const renew = async (claims: readonly Claim[]): Promise<readonly Claim[]> => {
      asked.push(claims.map(({ runId }) => runId));
      return answer(claims);
    };
    leases = new Leases({ renew }, systemClock, (error) => failures.push(error));
  });
  afterEach(() => void jest.useRealTimers());

  const hold = (run: string) => leases.hold(claimOf(run), performance.now());
  const pass = async (ms: number) => jest.advanceTimersByTimeAsync(ms);

  it('are renewed together, and hold for as long as they are', async () => {
    const [one, other] = [hold('one'), hold('other')];
    await pass(4 * RENEW_MS);
    expect(asked).toEqual(Array.from({ length: 4 }, () => ['one', 'other']));
    expect([one.over.aborted, other.over.aborted]).toEqual([false, false]);
    one.assertFresh();
    leases.letGo(one);
    leases.letGo(other);
    await pass(RENEW_MS);
    expect(asked).toHaveLength(4);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('end seven seconds after they were renewed last, and start no effect from then on', async () => {
    const lease = hold('one');
    answer = async () => Promise.reject(new Error('the disk is full'));
    await pass(FRESH_MS - 1);
    expect(lease.over.aborted).toBe(false);
    await pass(2);
    expect(lease.over.aborted).toBe(true);
    expect(() => lease.assertFresh()).toThrow(expect.objectContaining({ code: 'lease_lost' }));
    expect(failures.map(({ message }) => message)).toEqual(['the disk is full', 'the disk is full']);
    leases.letGo(lease);
  });

  it('that were left out since somebody wrote to the run are renewed a moment later', async () => {
    const [busy, other] = [hold('busy'), hold('other')];
    answer = async (claims) => (claims.length > 1 ? claims.filter(({ runId }) => runId !== 'busy') : claims);
    await pass(5 * RENEW_MS);
    expect(busy.over.aborted).toBe(false);
    expect(asked.slice(0, 2)).toEqual([['busy', 'other'], ['busy']]);
    leases.letGo(busy);
    leases.letGo(other);
  });

  it('are asked for again while an earlier renewal hangs', async () => {
    const lease = hold('one');
    const hangs = new Promise<never>(() => undefined);
    answer = async (claims) => (asked.length === 1 ? hangs : claims);
    await pass(3 * RENEW_MS);
    expect(lease.over.aborted).toBe(false);
    leases.letGo(lease);
  });

  it('that another worker has are not asked for once they are over, so that it may keep the run', async () => {
    const lost = hold('lost');
    answer = async () => [];
    await pass(FRESH_MS + RENEW_MS);
    expect(lost.over.aborted).toBe(true);
    expect(asked.at(-1)).toEqual([]);
    leases.letGo(lost);
  });
});
