import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Loaded into the service by NODE_OPTIONS, so that nothing of it is in the service. */
const RESOLUTION_MS = 10;
const file = process.env['BENCH_LOOP_FILE'];

if (file !== undefined) {
  const seen = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  seen.enable();
  // How late a timer came, in milliseconds, since the last signal.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  process.on('SIGUSR2', () => {
    const told = { p50: late(seen.percentile(50)), p99: late(seen.percentile(99)), longest: late(seen.max) };
    writeFileSync(file, JSON.stringify(told));
    seen.reset();
  });
}
