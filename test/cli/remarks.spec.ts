import { describe, expect, it } from '@jest/globals';
import { remarksBesideRun, remarksOfAll, runTrouble } from '../../src/cli/remarks.js';
import type { RotationView } from '../../src/triggers/rotation-view.js';

const UNTIL = '2026-12-03T00:00:00.000Z';
const lastRun = (
  outcome: NonNullable<RotationView['lastRun']>['outcome'],
  detail: string,
): RotationView['lastRun'] => ({
  id: 'run_1',
  mode: 'rotate',
  state: 'ended',
  outcome,
  detail,
  startedAt: UNTIL,
});
const rotation = (more: Partial<RotationView>): RotationView => ({
  name: 'billing',
  labels: {},
  drivenBy: null,
  approval: { required: false, pending: null, granted: null, asksAgainAt: null },
  state: 'overdue',
  held: null,
  skippedInEmergency: [],
  outOfSchedule: [],
  pause: null,
  deliveriesPaused: null,
  drift: null,
  fingerprint: null,
  tokenSince: null,
  replacedBefore: null,
  maxAgeMs: null,
  renewBeforeMs: null,
  nextDueAt: null,
  lastRun: null,
  ...more,
});
const freeze = { by: 'blackout', until: UNTIL, reason: 'release freeze' } as const;
const pause = { reason: 'audit week', until: null };

describe('what stands below the table of rotations', () => {
  it.each([
    [
      { held: freeze },
      `billing is overdue, and held back until ${UNTIL}: it waits for the end of a blackout: release freeze\n  next: rotor rotate billing`,
    ],
    [{}, 'billing is overdue\n  next: rotor rotate billing'],
    [
      { pause, held: { ...freeze, by: 'pause' } as const },
      'billing is paused until somebody resumes it: audit week\n  next: rotor resume billing',
    ],
    [
      { lastRun: lastRun('failed', 'The key is refused. Give another one.') },
      'billing is overdue, and its last run has failed: The key is refused.\n  next: rotor retry run_1, once that is mended',
    ],
    [
      { drivenBy: 'aws' as const },
      'billing is overdue: AWS Secrets Manager alone starts it\n  next: rotor describe rotation billing',
    ],
    [
      { state: 'failed' as const, lastRun: lastRun('failed', 'No such deployment.') },
      'billing has failed: No such deployment.\n  next: rotor status billing',
    ],
    [
      { state: 'stalled' as const, lastRun: lastRun(null, 'Instance 1 refuses it. Restart it.') },
      'billing is stalled: Instance 1 refuses it.\n  next: rotor status billing',
    ],
    [
      {
        state: 'degraded' as const,
        lastRun: lastRun('partial', 'a1b2c3d4 is in the store. Not on it: web.'),
      },
      'billing is degraded: a1b2c3d4 is in the store. Not on it: web.\n  next: rotor status billing',
    ],
  ])('says why of %j, once, and what to do', (more, paragraph) => {
    expect(remarksOfAll([rotation(more)])).toEqual([`\n${paragraph}`]);
  });

  it('names a handful, in their order, and how many more there are', () => {
    const all = Array.from({ length: 7 }, (_, index) => rotation({ name: `service-${index}` }));
    const said = remarksOfAll([rotation({ state: 'fresh' }), ...all]);
    expect(said).toHaveLength(6);
    expect(said[0]).toMatch(/^\nservice-0 is overdue\n/);
    expect(said[5]).toBe('\nand 2 more\n  next: rotor status NAME, of each');
  });

  it('tells first whose token somebody else has changed, however many there are', () => {
    const all = Array.from({ length: 7 }, (_, index) => rotation({ name: `service-${index}` }));
    const replacedBefore = { at: UNTIL, run: 'run_1', detail: 'it is back', repair: 'rotor rotate docs' };
    const [first] = remarksOfAll([...all, rotation({ name: 'docs', state: 'fresh', replacedBefore })]);
    expect(first).toBe('\ndocs: it is back.\n  next: rotor rotate docs');
  });

  it('leaves those alone that need nobody', () => {
    expect(remarksOfAll([rotation({ state: 'fresh' }), rotation({ state: 'due', held: freeze })])).toEqual(
      [],
    );
  });
});

it('beside the tree of a run stands what holds back the next one, and the next command', () => {
  const due = rotation({ state: 'due', held: freeze });
  expect(remarksBesideRun(due)).toEqual([
    `\nbilling is due, and held back until ${UNTIL}: it waits for the end of a blackout: release freeze\n  next: rotor rotate billing`,
  ]);
  const failed = rotation({ state: 'failed', lastRun: lastRun('failed', 'No such deployment.') });
  expect(remarksBesideRun(failed)).toEqual(['  next: rotor retry run_1, once that is mended']);
  expect([runTrouble(failed), runTrouble(due)]).toEqual(['No such deployment.', null]);
});
