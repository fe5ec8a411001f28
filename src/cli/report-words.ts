import type { Report } from './client.js';
import { counted, loggedOf } from './counted.js';

/** What the table and the page of a report say alike. */

export type Reported = Report['rotations'][number];

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** In the two largest units that it has: 29d 4h, 3m, 1.8s. */
export function lengthOf(ms: number): string {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}s`;
  const parts: string[] = [];
  let left = ms;
  for (const [unit, size] of UNITS) {
    const whole = Math.floor(left / size);
    if (whole > 0 && parts.length < 2) parts.push(`${whole}${unit}`);
    left -= whole * size;
  }
  return parts.join(' ');
}

/** Only those that are not 0. */
export function countsOf(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? 'none' : some.map(([name, count]) => `${count} ${words(name)}`).join(', ');
}

function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function startersOf({ startedBy, approvedBy }: Reported): string {
  if (startedBy.length === 0) return '–';
  const approved = approvedBy.length === 0 ? '' : `; approved: ${people(approvedBy)}`;
  return `${people(startedBy)}${approved}`;
}

function people(some: Reported['startedBy']): string {
  return some.map(({ by, runs }) => `${runs} ${by}`).join(', ');
}

export function longestOf({ longestToken: longest }: Reported): string {
  if (!longest) return '–';
  return `${lengthOf(longest.ms)}${longest.to === null ? ', in force' : ''}`;
}

export function limitOf({ maxAgeMs, cron, drivenBy }: Reported): string {
  if (drivenBy !== null) return 'AWS starts it';
  if (maxAgeMs !== null) return lengthOf(maxAgeMs);
  return cron === null ? 'none' : `cron ${cron}`;
}

export function overdueOf({ overdue }: Reported): string {
  if (!overdue) return 'no limit';
  return overdue.count === 0 ? 'never' : `${lengthOf(overdue.ms)} in ${overdue.count}`;
}

export function gapOf({ authGap: { longest, notMeasured } }: Reported): string {
  if (!longest) return 'not measured';
  const more = notMeasured > 0 ? `, ${notMeasured} not measured` : '';
  return `${lengthOf(longest.ms)} ± ${lengthOf(longest.resolutionMs)}${more}`;
}

export function lostOf({ eventsLost }: Reported): string {
  return eventsLost === null ? 'not measured' : String(eventsLost);
}

/** Whose word it is, when it was said and what, a sentence each without its full stop; and how many more there are. */
export function spokenIn({ byWord: { count, deliveries } }: Reported): string[] {
  const sentences = deliveries.map(({ run, target, said, by, at, reason }) => {
    const what = said === 'left_out' ? `left ${target} out` : `said that ${target} has the token`;
    const when = at === null ? '' : ` at ${at}`;
    return `${by ?? 'a person'} ${what}${when} in ${run}: ${reason.replace(/\.$/, '')}`;
  });
  return withRest(sentences, count);
}

/** That a token was in force that had been replaced, when that was found, and which run has seen the end of it: a sentence each. */
export function putBackIn({ putBack: { count, tokens } }: Reported): string[] {
  const sentences = tokens.map((token) => {
    const { fingerprint, replacedAt, replacedBy, from, foundBy } = token;
    return `${fingerprint}, replaced at ${replacedAt} (${replacedBy}), was found in force again at ${from} (${foundBy}): ${endOf(token)}`;
  });
  return withRest(sentences, count);
}

function endOf({ to, settledBy, settledMode }: Reported['putBack']['tokens'][number]): string {
  if (to === null) return 'no run of the period has replaced it';
  const did = settledMode === 'rotate' ? 'put' : 'found';
  return `${settledBy ?? 'a run'} ${did} another one in its place at ${to}`;
}

function withRest(sentences: string[], count: number): string[] {
  const more = count - sentences.length;
  return more > 0 ? [...sentences, `and ${more} more`] : sentences;
}

export function headlineOf({ period, selector }: Report): string {
  const of = selector === null ? '' : `, rotations with ${selector}`;
  const yet = period.isOver ? '' : ', not over yet';
  return `${period.from} until just before ${period.to} (${period.timezone})${yet}${of}`;
}

export function madeOf({ madeAt, madeBy }: Report): string {
  return `made at ${madeAt} by ${madeBy.product} ${madeBy.version}`;
}

export function auditOf({ audit }: Report): string {
  const sum = loggedOf(audit);
  return audit.holds
    ? `${sum}: nothing was changed, removed or moved`
    : `${sum}: THE LOG DOES NOT HOLD TOGETHER, in ${counted(audit.faults.length, 'place')}`;
}

export function faultsOf({ audit: { faults } }: Report): string[] {
  return faults.map(({ run, seq, what }) => {
    const place = run === null ? `act ${seq}` : seq === null ? run : `${run}, entry ${seq}`;
    return `${place}: ${what}`;
  });
}
