import { describe, expect, it } from '@jest/globals';
import { renderRun } from '../../src/cli/tree.js';
import { exitCodeOf } from '../../src/cli/watch.js';
import type { RunView } from '../../src/triggers/run-view.js';

function aRun(over: Partial<RunView> = {}): RunView {
  return {
    id: 'run_1',
    rotation: 'checkout',
    mode: 'rotate',
    trigger: { kind: 'api', reason: 'test' },
    resource: 'checkout-prod / main-apm',
    chosen: null,
    asked: null,
    mayAsk: [],
    waitingFor: null,
    state: 'ended',
    stalled: null,
    outcome: 'succeeded',
    reason: null,
    code: null,
    detail: 'b2 is accepted and current in the store.',
    fingerprints: { previous: 'a1a1a1a1', current: 'b2b2b2b2' },
    authGapMs: 3_456,
    authGapResolutionMs: 250,
    events: { sent: null, accepted: null, lost: null },
    credentialExpires: null,
    startedAt: '2026-11-23T12:00:00.000Z',
    endedAt: '2026-11-23T12:01:05.000Z',
    durationMs: 65_000,
    steps: [
      { name: 'prepare', status: 'done', notes: [], startedAt: '2026-11-23T12:00:00.000Z', durationMs: 300 },
      {
        name: 'deliver',
        status: 'done',
        notes: ['a note'],
        startedAt: '2026-11-23T12:00:01.000Z',
        durationMs: 2_000,
      },
    ],
    deliveries: [
      {
        target: 'web',
        state: 'converged',
        fingerprint: 'b2b2b2b2',
        tries: 0,
        seen: { converged: 18, of: 20 },
        problem: null,
        detail: null,
        nextTryAt: null,
        acknowledged: null,
        mayAsk: [],
      },
    ],
    seq: 9,
    ...over,
  } as RunView;
}

const rendered = (over: Partial<RunView> = {}, events?: RunView['events']) =>
  renderRun(aRun(over), { color: false, ...(events && { events }) }).join('\n');

describe('the tree of a run', () => {
  it('ends with what a person can do, where the run needs one', () => {
    const text = rendered({ outcome: null, detail: 'it waits.', mayAsk: ['retry', 'adopt', 'reset_again'] });
    expect(text.split('\n').at(-1)).toBe(
      '   next: rotor retry run_1 · rotor resolve run_1 --adopt | --reset-again',
    );
    expect(rendered()).not.toContain('next:');
  });

  it('shows the tokens as fingerprints, the gap with its resolution, and how many instances were seen', () => {
    const text = rendered();
    expect(text).toContain('token a1a1a1a1 → b2b2b2b2');
    expect(text).toContain('auth gap 3.5s ± 0.3s');
    expect(text).toContain('18/20 on b2b2b2b2');
    expect(text).toContain('succeeded  1m05s');
  });

  it('says "not measured" for what was not measured, never 0', () => {
    const text = rendered({ authGapMs: null, authGapResolutionMs: null });
    expect(text).toContain('auth gap not measured · events lost not measured');
  });

  it('says nothing of the cost while the run goes on, but what it waits for and how long its step has taken', () => {
    const startedAt = '2026-11-23T12:00:00.000Z';
    const running: RunView['steps'][number] = {
      name: 'accept',
      status: 'running',
      notes: [],
      startedAt,
      durationMs: null,
    };
    const run = aRun({ outcome: null, state: 'accepting', waitingFor: '1 of 3 agents', steps: [running] });
    const text = renderRun(run, { color: false, now: Date.parse(startedAt) + 4_200 }).join('\n');
    expect(text).toContain('accept       4.2s');
    expect(text).toContain('waiting: 1 of 3 agents');
    expect(text).not.toMatch(/measured|auth gap/);
  });

  it('counts lost events where the world could count them, zero included', () => {
    expect(rendered({}, { sent: 100, accepted: 100, lost: 0 })).toContain('events lost 0 of 100');
  });

  it('never marks an assumed delivery like one that was seen', () => {
    const { deliveries } = aRun();
    const blind = deliveries.map((one) => ({ ...one, state: 'assumed' as const, seen: null }));
    const assumed = renderRun(aRun({ deliveries: blind }), { color: true });
    const line = assumed.find((one) => one.includes('web')) ?? '';
    expect(line).toContain('assumed');
    expect(line).not.toContain('✔');
    expect(line).not.toContain('\u001b[32m');
  });

  it('has no colour where none is wanted', () => {
    expect(rendered()).not.toContain('\u001b[');
    expect(renderRun(aRun(), { color: true }).join('')).toContain('\u001b[');
  });

  it('says of a run that holds deliveries back since when, by whom and why, and what to do', () => {
    const over: Partial<RunView> = {
      state: 'settled',
      outcome: null,
      durationMs: null,
      detail: null,
      mayAsk: ['cancel', 'resume'],
    };
    const by = { since: '2026-11-23T12:01:00.000Z', reason: 'an incident', by: 'ada' };
    const text = rendered({ ...over, paused: by });
    expect(text.split('\n')[0]).toContain('run_1  paused  token');
    expect(text).toContain('‖ deliver');
    expect(text).toContain('   paused since 2026-11-23T12:01:00.000Z by ada: an incident\n');
    expect(text).toContain('   next: rotor resume run_1 · rotor cancel run_1');
    const failed = { since: by.since, reason: 'web failed: Target web is gone.', by: null };
    expect(rendered({ ...over, paused: failed })).toContain('00.000Z: web failed: Target web is gone.\n');
  });

  it('names the reason of a stalled run and what to do', () => {
    const stalled = {
      reason: 'instances_disagree',
      detail: 'Restart it.',
      since: '2026-11-23T12:00:00.000Z',
    } as const;
    const text = rendered({ outcome: null, state: 'accepting', stalled, detail: 'Restart it.' } as never);
    expect(text).toContain('stalled (instances disagree)');
    expect(text).toContain('Restart it.');
  });
});

describe('the exit code of a watched run', () => {
  it.each([
    ['succeeded', 0],
    ['partial', 4],
    ['failed', 1],
    [null, 8],
  ] as const)('of outcome %s is %d', (outcome, code) => {
    expect(exitCodeOf(aRun({ outcome }))).toBe(code);
  });
});
