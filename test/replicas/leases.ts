import { LEASE_MS } from '../../src/journal/leases.js';
import type { Write } from './witness.js';

/** So long a statement may have waited for the row after it had read the clock. */
const STATEMENT_MS = 5_000;

/** A run that somebody goes on with although whoever had it has not given it back. */
export type Handover = {
  readonly run: string;
  readonly from: string;
  readonly to: string;
  readonly at: number;
};

export function handoversIn(runs: readonly Write[][]): Handover[] {
  return runs.flatMap((writes) =>
    writes.flatMap(({ run, who, epoch, at }, index) => {
      const before = writes[index - 1];
      const isTaken = before && before.epoch > 0 && epoch > before.epoch && before.lease > 0;
      return isTaken ? [{ run, from: before.who, to: who, at }] : [];
    }),
  );
}

/** Where a replica wrote to a run that another one had, took it too early, or for longer than a lease; a sentence each. */
export function breachesIn(runs: readonly Write[][]): string[] {
  return runs.flatMap((writes) => {
    const holders = new Map<number, string>();
    return writes.flatMap((write, index) => {
      const { run, who, epoch } = write;
      if (epoch === 0) return [];
      const holder = holders.get(epoch) ?? who;
      holders.set(epoch, holder);
      const before = writes[index - 1];
      const what =
        who !== holder || holders.has(epoch + 1) ? `wrote while ${holder} had it` : wrongLease(write, before);
      return what === undefined ? [] : [`${run}: ${who} ${what}`];
    });
  });
}

function wrongLease({ at, epoch, lease }: Write, before: Write | undefined): string | undefined {
  if (before && epoch > before.epoch && before.lease > at)
    return `took it ${before.lease - at} ms before the lease of ${before.who} was over`;
  const isNew = lease > 0 && lease !== before?.lease;
  if (!isNew || (lease - at <= LEASE_MS && lease - at >= LEASE_MS - STATEMENT_MS)) return undefined;
  return `took a lease of ${lease - at} ms`;
}
