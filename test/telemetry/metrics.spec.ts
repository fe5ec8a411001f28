import { expect, it } from '@jest/globals';
import type { FoundDrift } from '../../src/rotation/watch.js';
import { createMetrics } from '../../src/telemetry/metrics.js';

it('shows a drift as long as it lasts, by rotation and kind', async () => {
  const drifts = new Map<string, FoundDrift>();
  const metrics = createMetrics(['checkout', 'search'], { driftOf: (name) => drifts.get(name) });
  expect(await metrics.metrics()).not.toContain('rotor_drift{');

  const found = { kind: 'store_edited', detail: 'x', repair: 'y', adoptable: true, since: 0 } as const;
  drifts.set('checkout', found);
  expect(await metrics.metrics()).toContain('rotor_drift{rotation="checkout",kind="store_edited"} 1');

  drifts.clear();
  expect(await metrics.metrics()).not.toContain('rotor_drift{');
});
