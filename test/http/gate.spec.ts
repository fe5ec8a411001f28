import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { Gate, Gates } from '../../src/http/gate.js';
import type { HttpReply } from '../../src/http/reply.js';
import { RotorError, type Code } from '../../src/rotation/errors.js';

const HOST = 'api.example.test';
const siteOf = (deployment: string) => ({ host: HOST, operation: `GET /api/v1/deployments/${deployment}` });
const SECOND = 1_000;
const ok = async (headers = {}): Promise<HttpReply> => ({ status: 200, headers, json: {} });
const answer =
  (status: number, headers = {}) =>
  async (): Promise<HttpReply> => ({ status, headers, json: {} });
const failing = (code: Code) => async (): Promise<HttpReply> => {
  throw new RotorError(code, `${code} happened`);
};

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function setUp() {
  const heard: (string | undefined)[] = [];
  const gate = new Gate(HOST, { circuit: (_host, because) => heard.push(because) });
  const { signal } = new AbortController();
  let sent = 0;
  const pass = async (
    kind: 'read' | 'write',
    send: () => Promise<HttpReply>,
    { by = signal, of = 'checkout' } = {},
  ) => gate.pass(kind, siteOf(of), async () => ((sent += 1), send()), by);
  return {
    heard,
    sent: () => sent,
    read: async (send: () => Promise<HttpReply> = ok, of?: string) =>
      pass('read', send, { ...(of && { of }) }),
    write: async (send: () => Promise<HttpReply> = ok) => pass('write', send),
    pass,
    /** Of so many deployments, and whatever comes of it is fine. */
    after: async (deployments: number, send: () => Promise<HttpReply>) => {
      for (let done = 0; done < deployments; done += 1)
        await pass('read', send, { of: `d${done}` }).catch(() => undefined);
    },
  };
}

describe('a host whose requests fail', () => {
  it.each<[string, () => Promise<HttpReply>, Code]>([
    ['it answers 503', answer(503), 'upstream_error'],
    ['it does not answer in time', failing('upstream_timeout'), 'upstream_timeout'],
    ['no connection can be opened', failing('upstream_unreachable'), 'upstream_unreachable'],
    ['a proxy answers in its place', failing('upstream_not_json'), 'upstream_not_json'],
  ])('is left alone after five of them, of as many resources: %s', async (_case, send, code) => {
    const { after, read, sent, heard } = setUp();
    await after(5, send);
    await expect(read()).rejects.toMatchObject({
      code,
      effect: 'not_applied',
      retryable: true,
      message: expect.stringMatching(
        /^api\.example\.test: GET \/api\/v1\/deployments\/checkout: not sent, .*\(the last: /,
      ),
    });
    expect(sent()).toBe(5);
    expect(heard).toHaveLength(1);
  });

  it('is asked once after a while, by one read alone, and by all again when that is answered', async () => {
    const { after, read, write, sent, heard } = setUp();
    await after(5, answer(503));
    await expect(read()).rejects.toMatchObject({ retryAfterMs: 15 * SECOND });
    await jest.advanceTimersByTimeAsync(15 * SECOND);
    await expect(write()).rejects.toMatchObject({ effect: 'not_applied' });
    const { promise, resolve } = Promise.withResolvers<HttpReply>();
    const first = read(async () => promise);
    await expect(read(ok, 'billing')).rejects.toMatchObject({ effect: 'not_applied' });
    resolve(await ok());
    await first;
    await write();
    expect(sent()).toBe(7);
    expect(heard).toEqual(['answered 503', undefined]);
  });

  it('is left alone for as long again where that read fails too, and then another one tries', async () => {
    const { after, read, sent } = setUp();
    await after(5, answer(503));
    await jest.advanceTimersByTimeAsync(15 * SECOND);
    await expect(read(answer(503))).resolves.toMatchObject({ status: 503 });
    await expect(read(ok, 'billing')).rejects.toMatchObject({ retryAfterMs: 15 * SECOND });
    await jest.advanceTimersByTimeAsync(15 * SECOND);
    await expect(read()).rejects.toMatchObject({ effect: 'not_applied' });
    await expect(read(ok, 'billing')).resolves.toMatchObject({ status: 200 });
    expect(sent()).toBe(7);
  });

  it('is tried by the same one again where nobody else asks', async () => {
    const { after, read } = setUp();
    await after(5, answer(503));
    await jest.advanceTimersByTimeAsync(15 * SECOND);
    await read(answer(503));
    await jest.advanceTimersByTimeAsync(30 * SECOND);
    await expect(read()).resolves.toMatchObject({ status: 200 });
  });

  it('is not held to be down because one resource is, however often that is tried', async () => {
    const { read, heard } = setUp();
    const statuses: number[] = [];
    for (let second = 0; second < 50; second += 1) {
      await read(answer(500), 'sick').catch(() => undefined);
      if (second % 3 === 0) statuses.push((await read(ok, `d${second}`)).status);
      await jest.advanceTimersByTimeAsync(SECOND);
    }
    expect(heard).toEqual([]);
    expect(statuses).toEqual(Array.from({ length: 17 }, () => 200));
  });

  it('is not held to be back because a read that tried it was stopped', async () => {
    const { after, pass, write, heard } = setUp();
    await after(5, answer(503));
    await jest.advanceTimersByTimeAsync(15 * SECOND);
    await pass('read', failing('upstream_timeout'), { by: AbortSignal.abort() }).catch(() => undefined);
    await expect(write()).rejects.toMatchObject({ effect: 'not_applied' });
    expect(heard).not.toContain(undefined);
  });

  it('is back at its time, whatever the clock on the wall says meanwhile', async () => {
    const { after, read } = setUp();
    await after(5, answer(503));
    jest.setSystemTime(Date.now() - 3_600_000);
    await jest.advanceTimersByTimeAsync(15 * SECOND);
    await expect(read()).resolves.toMatchObject({ status: 200 });
  });

  it.each<[string, () => Promise<HttpReply>]>([
    ['it refuses a request', answer(403)],
    ['a resource is absent', answer(404)],
    ['a plan is pending', failing('upstream_busy')],
    ['an answer has another schema', failing('upstream_malformed')],
  ])('is asked on where it does answer: %s', async (_case, send) => {
    const { after, read, heard } = setUp();
    await after(20, send);
    await expect(read()).resolves.toMatchObject({ status: 200 });
    expect(heard).toEqual([]);
  });

  it('is not held to be down by requests that Rotor itself has stopped', async () => {
    const { pass, read } = setUp();
    const stopped = AbortSignal.abort();
    for (let done = 0; done < 10; done += 1)
      await pass('read', failing('upstream_timeout'), { by: stopped, of: `d${done}` }).catch(() => undefined);
    await expect(read()).resolves.toMatchObject({ status: 200 });
  });
});

describe('a host whose limit is reached', () => {
  it('is asked no sooner than it says', async () => {
    const { read, sent } = setUp();
    await read(answer(429, { 'retry-after': '20' }));
    await jest.advanceTimersByTimeAsync(5 * SECOND);
    await expect(read()).rejects.toMatchObject({
      code: 'upstream_rate_limited',
      effect: 'not_applied',
      retryAfterMs: 15 * SECOND,
    });
    await jest.advanceTimersByTimeAsync(15 * SECOND);
    await read();
    expect(sent()).toBe(2);
  });

  it('is known before it refuses anything, by its own count', async () => {
    const { read, write } = setUp();
    await read(async () => ok({ 'x-ratelimit-remaining': '1' }));
    await read(async () => ok({ 'x-ratelimit-remaining': '0' }));
    await expect(write()).rejects.toMatchObject({ code: 'upstream_rate_limited', retryAfterMs: SECOND });
  });

  it('is left alone for twice as long each time where it does not say until when, and at once after an answer', async () => {
    const { read, after } = setUp();
    for (const held of [1, 2, 4, 8]) {
      await read(answer(429));
      await expect(read()).rejects.toMatchObject({ retryAfterMs: held * SECOND });
      await jest.advanceTimersByTimeAsync(held * SECOND);
    }
    await after(1, ok);
    await read(answer(429));
    await expect(read()).rejects.toMatchObject({ retryAfterMs: SECOND });
  });

  it('is believed where a page of a proxy says so', async () => {
    const { read } = setUp();
    const page = new RotorError('upstream_rate_limited', 'a page', { retryAfterMs: 90 * SECOND });
    await expect(
      read(async () => {
        throw page;
      }),
    ).rejects.toBe(page);
    await expect(read()).rejects.toMatchObject({ retryAfterMs: 90 * SECOND });
  });
});

describe('reads of one host', () => {
  it('go ten at a time, and a write does not wait for them', async () => {
    const { read, write, sent } = setUp();
    const { promise, resolve } = Promise.withResolvers<HttpReply>();
    const reads = Array.from({ length: 25 }, async () => read(async () => promise));
    await jest.advanceTimersByTimeAsync(0);
    expect(sent()).toBe(10);
    await write();
    resolve(await ok());
    await Promise.all(reads);
    expect(sent()).toBe(26);
  });
});

describe('the gates of a process', () => {
  it('are one a host, however many clients it has', () => {
    const gates = new Gates({ circuit: () => undefined });
    const gate = gates.of('https://api.example.test/api/v1');
    expect(gates.of('https://api.example.test/other')).toBe(gate);
    expect(gates.of('https://api.example.test:8443/api/v1')).not.toBe(gate);
  });
});
