import { describe, expect, it } from '@jest/globals';
import { deliveryLines } from '../../src/cli/delivery-lines.js';
import type { RunView } from '../../src/triggers/run-view.js';

type Delivery = RunView['deliveries'][number];

const delivery = (target: string, over: Partial<Delivery> = {}): Delivery => ({
  target,
  state: 'converged',
  fingerprint: 'b2b2b2b2',
  wave: 1,
  tries: 0,
  seen: { converged: 1, of: 1 },
  detail: null,
  problem: null,
  nextTryAt: null,
  acknowledged: null,
  mayAsk: [],
  ...over,
});
const many = (count: number, over: Partial<Delivery> = {}): Delivery[] =>
  Array.from({ length: count }, (_, index) => delivery(`t${index}`, over));
const lines = (deliveries: Delivery[], outcome: RunView['outcome'] = null): string[] =>
  deliveryLines({ id: 'run_1', deliveries, outcome }, ([icon]) => icon);

describe('the deliveries of a run on a terminal', () => {
  it('have a line each, and no wave where there is one', () => {
    expect(lines([delivery('web'), delivery('jobs', { state: 'assumed', seen: null })])).toEqual([
      '├─ ✔ web  1/1 on b2b2b2b2',
      '└─ ? jobs  assumed',
    ]);
  });

  it('stand under their wave, with how many of it are where', () => {
    const waiting = delivery('web', { wave: 2, state: 'waiting', seen: null });
    expect(lines([waiting, delivery('canary')])).toEqual([
      '├─ wave 1/2  1 converged',
      '├─ ✔ canary  1/1 on b2b2b2b2',
      '├─ wave 2/2  1 waiting',
      '└─ ○ web  waiting',
    ]);
  });

  it('say who is behind and why, and what only a person can do', () => {
    const [behind, phone] = [
      delivery('web', {
        state: 'observing',
        seen: { converged: 18, of: 20 },
        detail: '2 of 20 pods are not ready',
      }),
      delivery('app', { state: 'needs_release', seen: null, detail: 'Ship a new version of it.' }),
    ];
    expect(lines([behind, phone])).toEqual([
      '├─ ◌ web  18/20 on b2b2b2b2  2 of 20 pods are not ready',
      '└─ ! app  needs release  Ship a new version of it.',
    ]);
  });

  it('say when the next try is, whose word is all that is known, and what a person can do at once', () => {
    const problem = { code: 'target_failed', detail: 'it is down' };
    const waits = delivery('web', {
      state: 'waiting',
      seen: null,
      problem,
      tries: 2,
      nextTryAt: '2026-12-01T03:04:05.000Z',
      mayAsk: ['retry', 'ack', 'skip'],
    });
    const told = delivery('app', {
      state: 'assumed',
      seen: null,
      acknowledged: { reason: '4.2 is out', by: 'ada' },
    });
    const compiled = delivery('tv', { state: 'needs_release', seen: null, mayAsk: ['retry', 'ack'] });
    expect(lines([waits, told, compiled])).toEqual([
      '├─ ○ web  waiting  it is down (2 tries, the next at 03:04:05Z)  → rotor retry run_1 web',
      '├─ ? app  assumed  by the word of ada: 4.2 is out',
      '└─ ! tv  needs release  → rotor ack run_1 tv --reason …, once it is released',
    ]);
  });

  it('leave it to a run that has ended to say how what has failed is tried again', () => {
    const problem = { code: 'target_failed', detail: 'it is down' };
    const failed = delivery('web', { state: 'failed', seen: null, problem, tries: 3, mayAsk: ['retry'] });
    expect(lines([failed], 'partial')).toEqual(['└─ ✖ web  failed  it is down (3 tries)']);
  });

  it('are counted where they are hundreds: those in trouble alone have a name, and a few of them at the most', () => {
    const problem = { code: 'target_failed', detail: 'it is down' };
    const failed = Array.from({ length: 25 }, (_, index) =>
      delivery(`f${index}`, { state: 'failed', problem, tries: 3 }),
    );
    const shown = lines([...many(475), ...failed]);
    expect(shown[0]).toBe('├─ wave 1/1  475 converged, 25 failed');
    expect(shown[1]).toBe('├─ ✖ f0  1/1 on b2b2b2b2  it is down (3 tries)');
    expect(shown.at(-1)).toBe('└─ … and 5 more');
    expect(shown).toHaveLength(22);
  });
});
