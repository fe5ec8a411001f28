import type { Row } from './row.js';
import { median, p99 } from './statistics.js';

/** Milliseconds of each go, by what was asked. */
export type Times = { readonly readyMs: number; readonly all: Readonly<Record<string, readonly number[]>> };

const PAGE_MS = 20;
const GROWTH = 1.3;

/** The p99 of the slowest way to ask it. */
export function slowestRow(engine: string, what: string, { all }: Times): Row {
  const asked = waysOf(what, all).map(([way, times]) => ({ way, p99: p99(times), count: times.length }));
  const slowest = asked.toSorted((a, b) => b.p99 - a.p99)[0];
  if (!slowest) throw new Error(`nobody asked for: ${what}`);
  const note = `p99: ${asked.map((one) => `${one.way} ${one.p99.toFixed(1)} ms`).join(', ')}.`;
  const { p99: value, count } = slowest;
  return { what: `${engine}: ${what}, p99`, unit: 'ms', value, bound: PAGE_MS, count, note };
}

/** How many times as long it takes after a hundred times as many runs; medians, of the way that grew the most. */
export function growthRow(engine: string, what: string, few: Times, many: Times): Row {
  const grown = waysOf(what, many.all).map(([way, times]) => {
    const before = median(few.all[way] ?? []);
    return { way, before, after: median(times), count: times.length };
  });
  const most = grown.toSorted((a, b) => b.after / b.before - a.after / a.before)[0];
  if (!most) throw new Error(`nobody asked for: ${what}`);
  const note = `Medians before and after: ${grown
    .map(({ way, before, after }) => `${way} ${before.toFixed(2)} → ${after.toFixed(2)} ms`)
    .join(', ')}.`;
  const value = most.after / most.before;
  return { what: `${engine}: ${what}, growth`, unit: '×', value, bound: GROWTH, count: most.count, note };
}

function waysOf(what: string, all: Times['all']): [string, readonly number[]][] {
  return Object.entries(all).filter(([way]) => way.startsWith(what));
}
