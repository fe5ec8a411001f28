/** How much more of it a process may take before what is not in use is given back. */
const GROWTH_BYTES = 32 * 2 ** 20;
const LOOK_MS = 30_000;
/** Busy for less of the time: with more to do it would take the same memory again, and many would have waited for it. */
const AT_REST = 0.2;
/** What only the start needed is garbage by then, and whoever waited for the service has had an answer. */
const FIRST_MS = 1_000;

/**
 * Gives memory that is not in use back to the system: V8 keeps the pages that its collector has freed, and gives them
 * back only in a collection that is to reduce memory. Takes 50 to 200 ms in which nothing else happens; does nothing where
 * Node was started without `--expose-gc`.
 */
export function giveBackMemory(): void {
  globalThis.gc?.({ type: 'major', flavor: 'last-resort' });
}

/**
 * Gives it back soon after the start, and later where the process has grown and is at rest. Keeps no process from
 * ending.
 */
export function keepMemoryLow(lookMs = LOOK_MS): void {
  let least = Number.POSITIVE_INFINITY;
  const giveBack = (): void => {
    giveBackMemory();
    least = Math.min(least, process.memoryUsage.rss());
  };
  let last = performance.eventLoopUtilization();
  setTimeout(giveBack, FIRST_MS).unref();
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(last);
    last = performance.eventLoopUtilization();
    if (utilization < AT_REST && process.memoryUsage.rss() > least + GROWTH_BYTES) giveBack();
  }, lookMs).unref();
}
