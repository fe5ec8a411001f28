import { expect, it } from '@jest/globals';
import { ageOf, timeTo } from '../../src/cli/age.js';
import type { Approval } from '../../src/cli/approvals/service.js';
import { approvalTable, wideApprovalTable } from '../../src/cli/approvals/text.js';
import type { RunSummary } from '../../src/cli/client.js';
import { rotationTable, wideRotationTable } from '../../src/cli/rotation-table.js';
import { runTable, wideRunTable } from '../../src/cli/run-table.js';
import type { RotationView } from '../../src/triggers/rotation-view.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const HOUR = 3_600_000;
const FROM_NOW = { now: NOW, isUtc: false };
const IN_UTC = { now: NOW, isUtc: true };
const at = (ms: number) => new Date(NOW + ms).toISOString();
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

const rotation = (more: Partial<RotationView>): RotationView => ({
  name: 'checkout-production1',
  labels: { env: 'prod', team: 'shop' },
  drivenBy: null,
  approval: { required: false, pending: null, granted: null, asksAgainAt: null },
  state: 'deliveries_paused',
  held: null,
  replacedBefore: null,
  skippedInEmergency: [],
  outOfSchedule: [],
  pause: null,
  deliveriesPaused: null,
  drift: null,
  fingerprint: 'a1b2c3d4',
  tokenSince: at(-999 * 24 * HOUR),
  maxAgeMs: null,
  renewBeforeMs: null,
  nextDueAt: at(23 * HOUR),
  lastRun: {
    id: 'run_1',
    mode: 'rotate',
    state: 'ended',
    outcome: 'succeeded',
    detail: null,
    startedAt: at(-HOUR),
  },
  ...more,
});

it('the table of rotations has room in 80 columns, and the times themselves stand in the wide one', () => {
  const all = [
    rotation({}),
    rotation({ nextDueAt: null, pause: { reason: 'freeze', until: null }, tokenSince: null, lastRun: null }),
    rotation({ nextDueAt: null }),
    rotation({
      nextDueAt: null,
      approval: { required: true, pending: 'apr_1', granted: null, asksAgainAt: null },
    }),
  ];
  const [head, first, second, third, fourth] = rotationTable(all, FROM_NOW).split('\n');
  expect(widest(rotationTable(all, FROM_NOW))).toBeLessThanOrEqual(80);
  expect(head).toMatch(/^ROTATION +STATE +TOKEN +AGE +NEXT START +LAST RUN$/);
  expect(first).toMatch(/ a1b2c3d4 {2}999d {2}in 23h +succeeded$/);
  expect(second).toMatch(/ a1b2c3d4 {2}– +paused +–$/);
  expect(third).toMatch(/ 999d {2}on demand +succeeded$/);
  expect(fourth).toMatch(/ 999d {2}on approval {2}succeeded$/);
  const utc = rotationTable(all, IN_UTC).split('\n');
  expect(utc[0]).toMatch(/ TOKEN +SINCE +NEXT START +LAST RUN$/);
  expect(utc[1]).toMatch(new RegExp(` ${at(-999 * 24 * HOUR)} +${at(23 * HOUR)} +succeeded$`));
  expect(utc[2]).toMatch(/ a1b2c3d4 {2}– +paused +–$/);
  const wide = wideRotationTable(all);
  for (const word of [at(23 * HOUR), `succeeded ${at(-HOUR)}`, 'env=prod,team=shop'])
    expect(wide).toContain(word);
});

it('the table of runs has room in 80 columns, and who has started them stands in the wide one', () => {
  const run = {
    id: `run_${'x'.repeat(18)}`,
    rotation: 'checkout-production1',
    mode: 'rehearse',
    state: 'ended',
    outcome: 'succeeded',
    stalled: null,
    paused: null,
    fingerprints: { previous: null, current: 'a1b2c3d4' },
    startedAt: at(-29 * 24 * HOUR),
    durationMs: 3_800,
    trigger: { kind: 'api', reason: 'leak', by: 'the owner' },
  } as unknown as RunSummary;
  const going = {
    ...run,
    outcome: null,
    state: 'settled' as const,
    paused: { since: at(0), reason: 'no', by: null },
  };
  expect(widest(runTable([run, going], FROM_NOW))).toBeLessThanOrEqual(80);
  expect(runTable([run, going], FROM_NOW).split('\n').slice(1)).toEqual([
    expect.stringMatching(/rehearse {2}succeeded {2}29d$/),
    expect.stringMatching(/rehearse {2}paused +29d$/),
  ]);
  expect(runTable([run], IN_UTC)).toMatch(/ STATE +STARTED\n.* succeeded {2}2026-10-25T12:00:00.000Z$/);
  expect(wideRunTable([run])).toMatch(/a1b2c3d4 {2}2026-10-25T12:00:00.000Z {2}3.8s {2}the owner$/);
});

it('the table of approvals has room in 80 columns, and who has asked and decided stands in the wide one', () => {
  const approval = {
    id: `apr_${'x'.repeat(18)}`,
    rotation: 'checkout-production1',
    state: 'superseded',
    requestedBy: 'ben',
    requestedAt: at(-999 * 24 * HOUR),
    reason: 'leak',
    expiresAt: at(23 * HOUR),
    decidedBy: 'ana',
    run: 'run_1',
  } as Approval;
  const pending: Approval = { ...approval, state: 'pending', decidedBy: null, run: null };
  expect(widest(approvalTable([approval, pending], FROM_NOW))).toBeLessThanOrEqual(80);
  expect(approvalTable([approval, pending], FROM_NOW).split('\n').slice(1)).toEqual([
    expect.stringMatching(/ superseded {2}999d {2}–$/),
    expect.stringMatching(/ pending +999d {2}in 23h$/),
  ]);
  const [utcHead, ...utc] = approvalTable([approval, pending], IN_UTC).split('\n');
  expect(utcHead).toMatch(/^APPROVAL +ROTATION +STATE +ASKED +ENDS$/);
  for (const row of utc) expect(row).toMatch(/ \d{4}-\d\d-\d\dT[\d:.]+Z/);
  const [, first, second] = wideApprovalTable([approval, pending]).split('\n');
  expect(first).toMatch(/^apr_x+ .* ben {2}\S+Z {2}ana +run_1 {2}leak$/);
  expect(second).toMatch(/ ben {2}\S+Z {2}– +– +leak$/);
});

it.each([
  [0, '0s'],
  [-5, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [23 * HOUR, '23h'],
  [47 * HOUR, '1d'],
])('an age of %i ms is %s', (ms, said) => {
  expect(ageOf(at(-ms), NOW)).toBe(said);
  expect(timeTo(at(ms), NOW)).toBe(ms <= 0 ? 'now' : `in ${said}`);
});
