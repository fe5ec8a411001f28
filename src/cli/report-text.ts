import type { Report } from './client.js';
import { table } from './print.js';
import { hanging } from './room.js';
import * as words from './report-words.js';

/** A line for each rotation, and below it what needs more room. */
export function reportText(report: Report): string {
  const head = [
    'ROTATION',
    'RUNS',
    'TOKENS',
    'LONGEST',
    'LIMIT',
    'OVERDUE',
    'AUTH GAP',
    'PERSON',
    'NOT CONVERGED',
  ];
  const { rotations, audit } = report;
  return [
    hanging('', words.headlineOf(report)),
    words.madeOf(report),
    '',
    table(head, rotations.map(row)),
    ...rotations.flatMap(details),
    '',
    hanging('audit log  ', words.auditOf(report)),
    ...words.faultsOf(report).map((fault) => hanging(AFTER_LOG, fault)),
    `${AFTER_LOG}head ${audit.head ?? 'none: no run was started'}`,
  ].join('\n');
}

const AFTER_LOG = ' '.repeat('audit log  '.length);

function row(one: words.Reported): string[] {
  const { deliveries } = one;
  return [
    one.rotation,
    String(one.runs.total),
    String(one.rotations),
    words.longestOf(one),
    words.limitOf(one),
    words.overdueOf(one),
    words.gapOf(one),
    String(one.neededPerson),
    String(deliveries.failed + deliveries.skipped + deliveries.needsRelease),
  ];
}

function details(one: words.Reported): string[] {
  const overdue = (one.overdue?.spans ?? []).map(({ from, to }) => lineOf('overdue', `${from} – ${to}`));
  const putBack = words.putBackIn(one).map((sentence) => lineOf('put back', sentence));
  if (one.runs.total === 0) return ['', `${one.rotation}: no run was started`, ...putBack, ...overdue];
  const { total: _all, ...outcomes } = one.runs;
  const missed = one.neverConverged.map(({ run, target, state }) => `${target} ${state} in ${run}`);
  const lines = [
    lineOf('runs', words.countsOf(outcomes)),
    lineOf('modes', words.countsOf(one.modes)),
    lineOf('started by', words.startersOf(one)),
    lineOf('deliveries', words.countsOf(one.deliveries)),
    lineOf('events', `lost: ${words.lostOf(one)}`),
    ...(missed.length > 0 ? [lineOf('missed', missed.join(', '))] : []),
    ...words.spokenIn(one).map((sentence) => lineOf('by word', sentence)),
    ...putBack,
    ...overdue,
  ];
  return ['', one.rotation, ...lines];
}

function lineOf(name: string, what: string): string {
  return hanging(`  ${name.padEnd(10)}  `, what);
}
