import { Gauge, Registry } from 'prom-client';
import type { Watch } from '../rotation/watch.js';

/** Every name and label that `/metrics` shows. A series exists while there is something to say. */
export function createMetrics(rotations: readonly string[], watch: Pick<Watch, 'driftOf'>): Registry {
  const drift = new Gauge({
    name: 'rotor_drift',
    help: '1 while issuer, APM Server, store and targets of a rotation no longer agree, by what was found.',
    labelNames: ['rotation', 'kind'],
    registers: [],
    collect() {
      this.reset();
      for (const rotation of rotations) {
        const found = watch.driftOf(rotation);
        if (found) this.set({ rotation, kind: found.kind }, 1);
      }
    },
  });
  const registry = new Registry();
  registry.registerMetric(drift);
  return registry;
}
