import { availableParallelism, loadavg } from 'node:os';

export type Machine = { readonly processors: number; readonly node: string; readonly loadBefore: number };

/** What the numbers depend on; to be asked before there is any load of the benchmarks' own. */
export function machine(): Machine {
  return { processors: availableParallelism(), node: process.versions.node, loadBefore: loadavg()[0] ?? 0 };
}

export function sentenceOf({ processors, node, loadBefore }: Machine): string {
  const busy = `others had put a load of ${loadBefore.toFixed(1)} on them in the minute before`;
  return `Measured with Node ${node} on ${processors} processors; ${busy}.`;
}
