import type { Row } from './row.js';
import { median, p99 } from './statistics.js';

/** Of a journal with few runs, and of one with many. */
export type Pair<T> = { readonly few: T; readonly many: T };

/** Milliseconds of each go, by what was asked. */
export type Times = Readonly<Record<string, Pair<readonly number[]>>>;

const PAGE_MS = 20;
const READY_MS = 1_000;
const GROWTH = 1.3;

/** The p99 of the slowest way to ask it, with many. */
export function slowestRow(engine: string, what: string, times: Times): Row {
  const asked = waysOf(what, times).map(([way, { few, many }]) => ({
    way,
    before: p99(few),
    value: p99(many),
    count: many.length,
  }));
  const slowest = asked.toSorted((a, b) => b.value - a.value)[0];
  if (!slowest) throw new Error(`nobody asked for: ${what}`);
  const said = asked.map(({ way, before, value }) => `${way} ${arrow(before, value)}`);
  const { value, count } = slowest;
  const note = `p99 with few and many: ${said.join(', ')}.`;
  return { what: `${engine}: ${what}, p99`, unit: 'ms', value, bound: PAGE_MS, count, note };
}

/** How many times as long it takes with many; medians, of the way that grew the most. */
export function growthRow(engine: string, what: string, times: Times): Row {
  const grown = waysOf(what, times).map(([way, { few, many }]) => {
    const [before, after] = [median(few), median(many)];
    return { way, before, after, value: after / before, count: many.length };
  });
  const most = grown.toSorted((a, b) => b.value - a.value)[0];
  if (!most) throw new Error(`nobody asked for: ${what}`);
  const note = `Medians with few and many: ${grown.map(({ way, before, after }) => `${way} ${arrow(before, after)}`).join(', ')}.`;
  const { value, count } = most;
  return { what: `${engine}: ${what}, growth`, unit: '×', value, bound: GROWTH, count, note };
}

export function restartRow(engine: string, runs: Pair<number>, readyMs: Pair<number>): Row {
  return {
    what: `${engine}: start to ready with ${runs.many} runs`,
    unit: 'ms',
    value: readyMs.many,
    bound: READY_MS,
    count: 1,
    note: `After an orderly end; with ${runs.few} runs ${readyMs.few.toFixed(0)} ms.`,
  };
}

function waysOf(what: string, times: Times): [string, Pair<readonly number[]>][] {
  return Object.entries(times).filter(([way]) => way.startsWith(what));
}

function arrow(before: number, after: number): string {
  return `${before.toFixed(2)} → ${after.toFixed(2)} ms`;
}
