import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import type { Report } from '../../src/cli/client.js';
import { reportMarkdown } from '../../src/cli/report-markdown.js';
import { reportText } from '../../src/cli/report-text.js';
import { rotor } from './rotor-command.js';

const DAY = 24 * 60 * 60_000;
const [JULY, MAY, AUGUST] = ['2026-07-01', '2026-05-20', '2026-08-02'].map((day) => `${day}T00:00:00.000Z`);

type Reported = Report['rotations'][number];

const one = (over: Partial<Reported> = {}): Reported => ({
  rotation: 'checkout',
  labels: {},
  maxAgeMs: 30 * DAY,
  cron: null,
  drivenBy: null,
  runs: { total: 3, succeeded: 1, partial: 2, failed: 0, cancelled: 0, underWay: 0 },
  modes: { rotate: 2, adopt: 1, rehearse: 0 },
  startedBy: [
    { by: 'a|b\n<c>', runs: 2 },
    { by: 'schedule', runs: 1 },
  ],
  approvedBy: [],
  rotations: 2,
  putBack: { count: 0, tokens: [] },
  longestToken: { ms: 42 * DAY + 3_600_000, from: MAY ?? '', to: JULY ?? '' },
  overdue: { ms: 12 * DAY, count: 1, spans: [{ from: MAY ?? '', to: JULY ?? '' }] },
  authGap: { longest: { ms: 1_800, resolutionMs: 900, run: 'run_1' }, measured: 1, notMeasured: 1 },
  eventsLost: null,
  neededPerson: 1,
  stalled: 1,
  asked: 1,
  deliveries: {
    converged: 4,
    assumed: 0,
    needsRelease: 1,
    failed: 1,
    skipped: 0,
    superseded: 0,
    underWay: 0,
  },
  neverConverged: [
    { run: 'run_1', target: 'web', state: 'failed' },
    { run: 'run_2', target: 'jobs', state: 'needs_release' },
  ],
  byWord: { count: 0, deliveries: [] },
  ...over,
});

const report = (rotations: Reported[], faults: Report['audit']['faults'] = []): Report => ({
  period: { from: JULY ?? '', to: '2026-10-01T00:00:00.000Z', isOver: true, timezone: 'UTC' },
  madeAt: AUGUST ?? '',
  madeBy: { product: 'rotor', version: '0.1.0' },
  selector: null,
  rotations,
  audit: { holds: faults.length === 0, runs: 3, entries: 30, acts: 1, head: 'ab'.repeat(32), faults },
});

const FAULTS = [
  { run: 'run_1', seq: 3, what: 'the entry was removed' },
  { run: null, seq: 7, what: 'the act was removed' },
];

it('a report names what was overdue, what never converged, and what was not measured', () => {
  const text = reportText(report([one()]));
  expect(text).toMatch(/^checkout +3 +2 +42d 1h +30d +12d in 1 +1\.8s ± 0\.9s, 1 not measured +1 +2$/m);
  expect(text).toContain('  events      lost: not measured\n');
  expect(text).toContain('  missed      web failed in run_1, jobs needs_release in run_2');
  expect(text).toContain(`  overdue     ${MAY} – ${JULY}`);
  expect(text).toContain('  deliveries  4 converged, 1 needs release, 1 failed');
});

it('as a page it has the same, and no caller can break its tables by their name', () => {
  const page = reportMarkdown(report([one()]));
  const row = String.raw`| checkout | 3 | 1 succeeded, 2 partial | 2 rotate, 1 adopt | 2 a\|b \<c\>, 1 schedule | 1 |`;
  expect(page.split('\n')).toContain(row);
  expect(page).toContain(`- checkout was overdue from ${MAY} to ${JULY}.`);
  expect(page).toContain(String.raw`- checkout: jobs never converged in run\_2 (needs\_release).`);
});

it('tells on whose word alone a delivery stands', () => {
  const deliveries: Reported['byWord']['deliveries'] = [
    {
      run: 'run_1',
      target: 'app',
      said: 'has_the_token',
      by: 'a|b <c>',
      at: MAY ?? '',
      reason: '4.2 is out.',
    },
    { run: 'run_2', target: 'edge', said: 'left_out', by: null, at: null, reason: 'switched off' },
  ];
  const byWord = { count: 2, deliveries };
  const text = reportText(report([one({ byWord })]));
  expect(text).toContain(
    `  by word     a|b <c> said that app has the token at ${MAY} in run_1: 4.2 is out\n` +
      '  by word     a person left edge out in run_2: switched off\n',
  );
  const page = reportMarkdown(report([one({ byWord })]));
  expect(page).toContain('\nBy the word of a person alone:\n\n');
  expect(page).toContain(
    String.raw`- checkout: a\|b \<c\> said that app has the token at ${MAY} in run\_1: 4.2 is out.`,
  );
  expect(reportMarkdown(report([one()]))).not.toContain('By the word');
  expect(text + page).not.toContain('more');
  const many = report([one({ byWord: { count: 12, deliveries } })]);
  expect(reportText(many)).toContain('switched off\n  by word     and 10 more\n');
  expect(reportMarkdown(many)).toContain('- checkout: and 10 more.');
});

it('tells of a token that had been replaced and was in force again, and which run has seen the end of it', () => {
  const back = { fingerprint: '0a1b2c3d', replacedAt: MAY ?? '', replacedBy: 'run_1', from: JULY ?? '' };
  const open = { ...back, foundBy: 'run_2', to: null, settledBy: null, settledMode: null };
  const over = { ...open, to: AUGUST ?? '', settledBy: 'run_3', settledMode: 'rotate' as const };
  const others = { ...over, settledBy: 'run_4', settledMode: 'adopt' as const };
  const putBack = { count: 6, tokens: [over, others, open] };
  const text = reportText(report([one({ putBack })]));
  const since = `0a1b2c3d, replaced at ${MAY} (run_1), was found in force again at ${JULY} (run_2): `;
  expect(text).toContain(
    `  put back    ${since}run_3 put another one in its place at ${AUGUST}\n` +
      `  put back    ${since}run_4 found another one in its place at ${AUGUST}\n` +
      `  put back    ${since}no run of the period has replaced it\n` +
      '  put back    and 3 more\n',
  );
  const page = reportMarkdown(report([one({ putBack })]));
  expect(page).toContain(
    '\nTokens that had been replaced and were in force again:\n\n- checkout: 0a1b2c3d, replaced',
  );
  expect(page).not.toContain('No run has adopted');
  const none = reportMarkdown(report([one()]));
  expect(none).toContain('\nNo run has adopted a token that had been replaced.\n');
  const quiet = one({ putBack, runs: { ...one().runs, total: 0 } });
  expect(reportText(report([quiet]))).toContain('put back    0a1b2c3d');
});

it('says what is not known, and never 0 for it', () => {
  const gap = { longest: null, measured: 0, notMeasured: 2 };
  const unknown = one({ maxAgeMs: null, overdue: null, longestToken: null, authGap: gap });
  expect(reportText(report([unknown]))).toMatch(/^checkout +3 +2 +– +none +no limit +not measured +1 +2$/m);
  const driven = one({ maxAgeMs: null, drivenBy: 'aws', overdue: null });
  expect(reportText(report([driven]))).toMatch(/ AWS starts it +no limit /);
  const open = one({
    longestToken: { ms: DAY, from: JULY ?? '', to: null },
    maxAgeMs: null,
    cron: '0 3 * * *',
  });
  expect(reportText(report([open]))).toMatch(/ 1d, in force +cron 0 3 \* \* \* /);
});

it('is loud where the log of the period does not hold together, and ends with exit code 1', async () => {
  const broken = report([one()], FAULTS);
  expect(reportText(broken)).toContain('THE LOG DOES NOT HOLD TOGETHER, in 2 places');
  const { audit } = report([], FAULTS.slice(0, 1));
  const alone = { ...report([one()]), audit: { ...audit, runs: 1, entries: 1 } };
  expect(reportText(alone)).toContain(
    '1 run, 1 entry, 1 act of people: THE LOG DOES NOT HOLD TOGETHER, in 1 place\n',
  );
  expect(reportText(broken)).toMatch(/run_1, entry 3: the entry was removed\n +act 7: the act was removed/);
  expect(reportMarkdown(broken)).toContain(String.raw`- run\_1, entry 3: the entry was removed.`);
  const service = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(broken));
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  const { port } = service.address() as AddressInfo;
  const env = { ROTOR_ADDR: `http://127.0.0.1:${port}`, ROTOR_TOKEN: 'rot_none' };
  const { exit, stderr } = await rotor(['report', '--period', '2026-Q3'], env);
  service.close();
  expect([exit, stderr]).toEqual([1, 'next: rotor audit verify\n']);
});

it('the text tells when a rotation was overdue also where none of its runs was started', () => {
  const runs = { total: 0, succeeded: 0, partial: 0, failed: 0, cancelled: 0, underWay: 0 };
  expect(reportText(report([one({ runs })]))).toContain(
    `checkout: no run was started\n  overdue     ${MAY} – ${JULY}\n`,
  );
});
