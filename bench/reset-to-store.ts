import { writeConfig } from './support/config.js';
import { temporaryFolder } from './support/folder.js';
import { BareClient } from './support/replay.js';
import { rotate } from './support/rotate.js';
import type { Scenario } from './support/row.js';
import { Service } from './support/service.js';
import { median, p99, timesOf } from './support/statistics.js';
import { World, type Exchange, type WorldOrder } from './support/world/index.js';

const COUNT = 25;
const ALLOWED_MS = 5;

const ORDER: WorldOrder = {
  seed: 11,
  standalone: 1,
  timings: { apiLatencyMs: 20, planMs: 300, flickerMs: 60, switchSpreadMs: 60, checkInMs: 60 },
  storeLatencyMs: 25,
  recording: true,
};
/** The shortest proof that the config allows: here only what comes right after the reset counts. */
const POLICY = {
  verify: { probes: 3, probeInterval: '100ms', settleReads: 1 },
  watch: { interval: '1h' },
};

/** How long a token that is in force, or about to be, is known to nobody but Rotor. */
export const resetToStore: Scenario = {
  name: 'reset-to-store',
  async rows() {
    await using standing = new AsyncDisposableStack();
    const folder = await temporaryFolder(standing);
    const world = standing.use(await World.open(ORDER));
    const place = await writeConfig(folder, world.view, { policy: POLICY });
    const service = standing.use(await Service.start(place));
    const windows: number[] = [];
    const puts: Exchange[] = [];
    while (windows.length < COUNT) {
      await world.ask('forget');
      await rotate(service, 'standalone-1');
      const { reset, put } = resetOf(await world.ask('exchanges'));
      windows.push(put.endedAt - reset.endedAt);
      puts.push(put);
    }
    const [put] = puts;
    if (!put) throw new Error('no token was stored');
    const roundTrip = median(await roundTrips(world, put));
    const bound = roundTrip + ALLOWED_MS;
    const note =
      `From the last byte of the reply to the last byte of the answer of PutSecretValue, by the world's clock; p99 ${p99(windows).toFixed(1)} ms. ` +
      `The bound is the store's round trip as a bare client has it (${roundTrip.toFixed(1)} ms, median of ${COUNT}, a fresh connection each) and ${ALLOWED_MS} ms.`;
    const what = 'reply of the reset → token in the store, median';
    return [{ what, unit: 'ms', value: median(windows), bound, count: COUNT, note }];
  },
};

function resetOf(exchanges: readonly Exchange[]): { reset: Exchange; put: Exchange } {
  const reset = exchanges.find(({ path }) => path.endsWith('/_reset-token'));
  const put = exchanges.find(
    ({ headers, openedAt }) =>
      String(headers['x-amz-target']).endsWith('.PutSecretValue') && reset && openedAt >= reset.endedAt,
  );
  if (reset && put) return { reset, put };
  throw new Error('the run has neither a reset nor a token that was stored after it');
}

/** The very request that Rotor has sent: once more, it makes no other version. */
async function roundTrips(world: World, put: Exchange): Promise<number[]> {
  const client = new BareClient(world.view.caPem, new Map([[put.origin, put.origin]]));
  return timesOf(COUNT, 3, async () => client.play([put]));
}
