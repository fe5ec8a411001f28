import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeConfig } from './support/config.js';
import { temporaryFolder } from './support/folder.js';
import type { Row, Scenario } from './support/row.js';
import { Service } from './support/service.js';
import { median } from './support/statistics.js';
import { World } from './support/world/index.js';

const COUNT = 7;
const READY_MS = 1_000;
const IDLE_MIB = 120;
/** By then the schedule has ticked and the watch has looked. */
const IDLE_AFTER_MS = 8_000;

/** Embedded, each time with an empty state directory. */
export const start: Scenario = {
  name: 'start',
  async rows() {
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const timings = { apiLatencyMs: 20, planMs: 500, flickerMs: 100, switchSpreadMs: 100, checkInMs: 100 };
    const world = standing.use(await World.open({ seed: 1, standalone: 1, timings, storeLatencyMs: 10 }));
    const ready: number[] = [];
    while (ready.length < COUNT) {
      const place = await writeConfig(join(folder, `start-${ready.length}`), world.view);
      await using service = await Service.start(place);
      ready.push(service.readyMs);
    }
    return [readyRow(ready), await idleRow(folder, world)];
  },
};

function readyRow(ready: readonly number[]): Row {
  const note =
    'From the spawn of `bin/rotor.js serve` to the first 200 of /readyz, SQLite, an empty state directory.';
  return {
    what: 'start to ready, median',
    unit: 'ms',
    value: median(ready),
    bound: READY_MS,
    count: COUNT,
    note,
  };
}

async function idleRow(folder: string, world: World): Promise<Row> {
  const place = await writeConfig(join(folder, 'idle'), world.view, {
    policy: { watch: { interval: '1s' } },
  });
  await using service = await Service.start(place);
  await delay(IDLE_AFTER_MS);
  const { now, peak } = await service.memory();
  const note = `VmRSS of the process alone, ${IDLE_AFTER_MS / 1_000} s after the start, one rotation; its peak was ${peak.toFixed(0)} MiB.`;
  return { what: 'idle memory', unit: 'MiB', value: now, bound: IDLE_MIB, count: 1, note };
}
