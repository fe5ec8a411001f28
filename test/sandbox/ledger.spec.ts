import { describe, it, expect } from '@jest/globals';
import { createLedger, type AgentEvent } from '../../src/sandbox/ledger.js';

const agent = (what: string): AgentEvent => ({ kind: 'agent', agent: 'orders', what });

describe('the ledger', () => {
  it('answers a wait with an entry that is there already', async () => {
    const ledger = createLedger();
    const first = ledger.append(agent('started'));
    ledger.append(agent('started'));
    expect(await ledger.waitFor((entry) => entry.kind === 'agent' && entry.what === 'started')).toBe(first);
  });

  it('answers a wait with the first matching entry to come', async () => {
    const ledger = createLedger();
    const waiting = ledger.waitFor((entry) => entry.kind === 'agent' && entry.what === 'stopped');
    ledger.append(agent('started'));
    const stopped = ledger.append(agent('stopped'));
    ledger.append(agent('stopped'));
    expect(await waiting).toBe(stopped);
  });

  it('narrows what it waited for to the kind that was asked for', async () => {
    const ledger = createLedger();
    ledger.append(agent('started'));
    const entry = await ledger.waitFor((candidate) => candidate.kind === 'agent');
    expect(entry.agent).toBe('orders');
  });

  it('ends a wait with the reason of its signal', async () => {
    const ledger = createLedger();
    const controller = new AbortController();
    const waiting = ledger.waitFor(() => false, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(ledger.waitFor(() => true, controller.signal)).rejects.toThrow('enough');
  });

  it('stamps entries in epoch milliseconds that never run backwards', () => {
    const ledger = createLedger();
    const before = Date.now();
    const times = Array.from({ length: 50 }, () => ledger.append(agent('tick')).at);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(Math.abs((times[0] ?? 0) - before)).toBeLessThan(1000);
    expect(times.some((time) => !Number.isInteger(time))).toBe(true);
  });

  it('lists the entries of one kind', () => {
    const ledger = createLedger();
    ledger.append({ kind: 'fault', operation: 'apm.root', effect: 'delay' });
    ledger.append(agent('started'));
    expect(ledger.of('agent').map(({ what }) => what)).toEqual(['started']);
  });
});
