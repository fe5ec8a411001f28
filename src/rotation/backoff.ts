/** Exponential with full jitter: uniform between 0 and the doubled base, never above the cap. `tries` count from 1. */
export function backoffMs(
  tries: number,
  { baseMs, capMs }: { readonly baseMs: number; readonly capMs: number },
  random: () => number,
): number {
  return Math.floor(random() * Math.min(capMs, baseMs * 2 ** Math.min(tries - 1, 30)));
}
