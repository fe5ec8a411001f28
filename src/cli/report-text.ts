import type { Report } from './client.js';
import { table } from './print.js';
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
    'EVENTS LOST',
    'PERSON',
    'NOT CONVERGED',
  ];
  const { rotations, audit } = report;
  return [
    words.headlineOf(report),
    words.madeOf(report),
    '',
    table(head, rotations.map(row)),
    ...rotations.flatMap(details),
    '',
    `audit log  ${words.auditOf(report)}`,
    ...words.faultsOf(report).map((fault) => `           ${fault}`),
    `           head ${audit.head ?? 'none: no run was started'}`,
  ].join('\n');
}

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
    words.lostOf(one),
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
    ...(missed.length > 0 ? [lineOf('missed', missed.join(', '))] : []),
    ...words.spokenIn(one).map((sentence) => lineOf('by word', sentence)),
    ...putBack,
    ...overdue,
  ];
  return ['', one.rotation, ...lines];
}

function lineOf(name: string, what: string): string {
  return `  ${name.padEnd(10)}  ${what}`;
}
