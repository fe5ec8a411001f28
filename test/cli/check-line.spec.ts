import { describe, expect, it } from '@jest/globals';
import { lineOfAll, lineOfOne, written } from '../../src/cli/check-line.js';
import type { RotationView } from '../../src/triggers/rotation-view.js';

const DAY = 24 * 60 * 60_000;
const NOW = Date.UTC(2026, 10, 23, 12);
const SINCE = new Date(NOW - 10 * DAY).toISOString();

const rotation = (over: Partial<RotationView> = {}): RotationView => ({
  name: 'checkout',
  labels: {},
  drivenBy: null,
  approval: { required: false, pending: null, granted: null, asksAgainAt: null },
  state: 'fresh',
  held: null,
  pause: null,
  deliveriesPaused: null,
  drift: null,
  fingerprint: '0a1b2c3d',
  tokenSince: SINCE,
  maxAgeMs: 30 * DAY,
  renewBeforeMs: 3 * DAY,
  nextDueAt: '2026-12-10T12:00:00.000Z',
  replacedBefore: null,
  skippedInEmergency: [],
  outOfSchedule: [],
  lastRun: null,
  ...over,
});
const failed: RotationView['lastRun'] = {
  id: 'run_1',
  mode: 'rotate',
  state: 'ended',
  outcome: 'failed',
  detail: 'the key\nwas | refused',
  startedAt: SINCE,
};

describe('the line of a check', () => {
  it('has the age of the token, from when on it is due, and from when on it is too old, in seconds', () => {
    expect(written(lineOfOne(rotation(), NOW))).toBe(
      `ROTOR OK - checkout is fresh: token 0a1b2c3d since ${SINCE}, next start 2026-12-10T12:00:00.000Z | age=864000s;2332800;2592000;0`,
    );
    expect(lineOfOne(rotation({ maxAgeMs: null, renewBeforeMs: null }), NOW).performance).toBe(
      'age=864000s;;;0',
    );
    expect(lineOfOne(rotation({ tokenSince: null, fingerprint: null }), NOW).performance).toBeUndefined();
  });

  it.each([
    ['fresh', 'OK'],
    ['new', 'OK'],
    ['rotating', 'OK'],
    ['due', 'WARNING'],
    ['paused', 'WARNING'],
    ['deliveries_paused', 'WARNING'],
    ['drifted', 'WARNING'],
    ['degraded', 'CRITICAL'],
    ['failed', 'CRITICAL'],
    ['overdue', 'CRITICAL'],
    ['stalled', 'CRITICAL'],
  ] as const)('of a rotation that is %s is %s', (state, level) => {
    expect(lineOfOne(rotation({ state }), NOW).level).toBe(level);
  });

  it('is critical for a token that is too old, whatever else is going on', () => {
    const line = lineOfOne(rotation({ state: 'drifted' }), NOW + 20 * DAY);
    expect(line).toMatchObject({ level: 'CRITICAL', text: expect.stringContaining('drifted and overdue') });
  });

  it('says since when deliveries are paused, by whom and why', () => {
    const deliveriesPaused = { run: 'run_1', since: SINCE, reason: 'an incident', by: 'ada' };
    const { text } = lineOfOne(rotation({ state: 'deliveries_paused', deliveriesPaused }), NOW);
    expect(text).toBe(`checkout has deliveries paused: run_1, paused since ${SINCE} by ada: an incident`);
  });

  it('stays one line, and has one bar, whatever an upstream has said', () => {
    const text = written(lineOfOne(rotation({ state: 'failed', lastRun: failed }), NOW));
    expect(text).toMatch(
      /^ROTOR CRITICAL - checkout is failed: the key was \/ refused \| age=\d+s;\d+;\d+;0$/,
    );
  });

  it('of all rotations counts them, and names the worst first, five at the most', () => {
    expect(written(lineOfAll([rotation(), rotation({ name: 'docs' })], NOW))).toBe(
      'ROTOR OK - 2 of 2 rotations are well | ok=2;;;0;2 warning=0;;;0;2 critical=0;;;0;2',
    );
    expect(lineOfAll([rotation()], NOW).text).toBe('1 of 1 rotation is well');
    const paused = rotation({ name: 'docs', state: 'paused' });
    expect(lineOfAll([rotation(), paused], NOW)).toMatchObject({
      level: 'WARNING',
      text: '1 of 2 rotations are well: docs paused',
    });
    const many = Array.from({ length: 7 }, (_, index) => rotation({ name: `r${index}`, state: 'failed' }));
    expect(lineOfAll([paused, ...many], NOW)).toMatchObject({
      level: 'CRITICAL',
      text: '0 of 8 rotations are well: r0 failed, r1 failed, r2 failed, r3 failed, r4 failed and 3 more',
    });
  });
});
