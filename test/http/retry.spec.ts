import { describe, expect, it } from '@jest/globals';
import { assert, double, nat, property } from 'fast-check';

import { retryReads } from '../../src/http/retry.js';
import { backoffMs } from '../../src/rotation/backoff.js';
import { RotorError, type Code, type RotorErrorOptions } from '../../src/rotation/errors.js';

const quick = { baseMs: 1, capMs: 2, random: () => 0.5 };
const signal = new AbortController().signal;

function readThatFails(times: number, code: Code, options: RotorErrorOptions = {}) {
  const seen = { reads: 0 };
  const read = () => {
    seen.reads += 1;
    return seen.reads <= times
      ? Promise.reject(new RotorError(code, `failure ${seen.reads}`, options))
      : Promise.resolve('read');
  };
  return { seen, read };
}

function at(attempt: number, jitter: number): number {
  return backoffMs(attempt, { baseMs: 100, capMs: 1_000 }, () => jitter);
}

describe('backoff', () => {
  it('lies between nothing and the doubled base, below the cap', () => {
    assert(
      property(nat(60), double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, jitter) => {
        const waitMs = backoffMs(attempt + 1, { baseMs: 100, capMs: 5_000 }, () => jitter);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(Math.min(5_000, 100 * 2 ** attempt));
      }),
    );
  });

  it('doubles with each attempt, uses the whole range, and stops at the cap', () => {
    expect([at(1, 0.5), at(2, 0.5), at(3, 0.5), at(10, 0.5)]).toEqual([50, 100, 200, 500]);
    expect([at(4, 0), at(4, 0.999)]).toEqual([0, 799]);
  });
});

describe('retryReads', () => {
  it.each<Code>(['upstream_rate_limited', 'upstream_error', 'upstream_unreachable', 'upstream_timeout'])(
    'repeats a read that failed with %s',
    async (code) => {
      const { seen, read } = readThatFails(2, code);
      expect(await retryReads(read, { signal, backoff: quick })).toBe('read');
      expect(seen.reads).toBe(3);
    },
  );

  it.each<Code>([
    'upstream_forbidden',
    'upstream_not_found',
    'upstream_rejected',
    'upstream_busy',
    'not_rotatable',
  ])('does not repeat a read that failed with %s', async (code) => {
    const { seen, read } = readThatFails(1, code);
    await expect(retryReads(read, { signal, backoff: quick })).rejects.toMatchObject({ code });
    expect(seen.reads).toBe(1);
  });

  it('waits at least as long as the upstream asks', async () => {
    const { read } = readThatFails(1, 'upstream_rate_limited', { retryAfterMs: 40 });
    const began = performance.now();
    await retryReads(read, { signal, backoff: quick });
    expect(performance.now() - began).toBeGreaterThanOrEqual(38);
  });

  it('gives up at once when the upstream asks for more time than the deadline leaves', async () => {
    const { seen, read } = readThatFails(9, 'upstream_rate_limited', { retryAfterMs: 3_600_000 });
    const asked = retryReads(read, { signal, backoff: quick, deadlineMs: 10_000 });
    await expect(asked).rejects.toMatchObject({ message: 'failure 1', retryAfterMs: 3_600_000 });
    expect(seen.reads).toBe(1);
  });

  it('ends at the deadline with the last failure', async () => {
    const { seen, read } = readThatFails(Infinity, 'upstream_error');
    const asked = retryReads(read, { signal, backoff: { ...quick, baseMs: 20, capMs: 20 }, deadlineMs: 60 });
    await expect(asked).rejects.toMatchObject({ code: 'upstream_error' });
    expect(seen.reads).toBeGreaterThan(1);
  });

  it('stops waiting when the signal aborts', async () => {
    const stop = new AbortController();
    const { seen, read } = readThatFails(Infinity, 'upstream_error', { retryAfterMs: 5_000 });
    const asked = retryReads(read, { signal: stop.signal, backoff: quick });
    setImmediate(() => stop.abort());
    await expect(asked).rejects.toMatchObject({ code: 'upstream_error' });
    expect(seen.reads).toBe(1);
  });
});
