import { afterEach, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { rotate } from '../src/demo/demo.js';
import type { DemoWorld } from '../src/demo/world.js';
import { startWorld } from '../src/demo/world.js';
import type { Ledger } from '../src/sandbox/ledger.js';

const PROGRAMS = fileURLToPath(new URL('../dist/sandbox/agents/', import.meta.url));
const LONGEST_MS = 90_000;

/** From the first instance of the APM Server that left the old token to the last agent that ran with the new one. */
function gapInTheWorld(
  ledger: Ledger,
  fingerprints: { previous: string | null; current: string | null },
): number {
  const left = ledger.of('instance.switched').filter(({ from }) => from === fingerprints.previous);
  const reached = ledger.of('agent').filter(({ fingerprint }) => fingerprint === fingerprints.current);
  expect(left.length).toBeGreaterThan(0);
  expect(new Set(reached.map(({ agent }) => agent)).size).toBeGreaterThan(1);
  return Math.max(...reached.map(({ at }) => at)) - Math.min(...left.map(({ at }) => at));
}

describe('what a rotation cost', () => {
  let world: DemoWorld | undefined;

  afterEach(async () => world?.close(false), LONGEST_MS);

  it.each([3, 4])(
    'is measured as the world saw it, with seed %d: the gap within its resolution, the lost events one by one',
    async (seed) => {
      world = await startWorld({ seed, real: 1, simulated: 2, programs: PROGRAMS });
      const { run, events } = await rotate(world, undefined);
      const { ledger } = world.sandbox;

      const gap = gapInTheWorld(ledger, run.fingerprints);
      expect(run.authGapMs).not.toBeNull();
      expect(Math.abs((run.authGapMs ?? 0) - gap)).toBeLessThanOrEqual(run.authGapResolutionMs ?? 0);

      const intake = ledger.of('apm.request').filter(({ path }) => path.startsWith('/intake'));
      const taken = intake
        .filter(({ status }) => status === 202)
        .map(({ events: seen }) => seen?.byType['transaction'] ?? 0);
      const accepted = taken.reduce((sum, count) => sum + count, 0);
      const { sent } = await world.agents.stop();
      expect(events).toEqual({ sent, accepted, lost: sent - accepted });
      expect(events.lost).toBeGreaterThan(0);
      await world.close(false);
    },
    LONGEST_MS,
  );
});
