/** The smallest of them that `part` of all do not exceed (nearest rank): one that was measured, never one in between. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (found === undefined) throw new Error('nothing was measured');
  return found;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function p99(values: readonly number[]): number {
  return percentile(values, 0.99);
}

/** How long it takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The times of `count` goes, one after the other, after `warmUp` that do not count. */
export async function timesOf(
  count: number,
  warmUp: number,
  work: () => Promise<unknown>,
): Promise<number[]> {
  for (let done = 0; done < warmUp; done += 1) await work();
  const times: number[] = [];
  while (times.length < count) times.push(await timed(work));
  return times;
}

/** The same of two works by turns: what else the machine does meanwhile falls on both. */
export async function timesInTurn(
  count: number,
  warmUp: number,
  one: (index: number) => Promise<unknown>,
  other: (index: number) => Promise<unknown>,
): Promise<readonly [number[], number[]]> {
  const [first, second]: [number[], number[]] = [[], []];
  for (let index = 0; index < warmUp + count; index += 1) {
    const [a, b] = [await timed(async () => one(index)), await timed(async () => other(index))];
    if (index < warmUp) continue;
    first.push(a);
    second.push(b);
  }
  return [first, second];
}
