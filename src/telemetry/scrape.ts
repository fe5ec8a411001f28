import type { Watch } from '../rotation/watch.js';
import { packageVersion } from '../version.js';
import type { Meters } from './meters.js';

/** Gauges that show what is so when they are asked. */
type Refreshed = { refresh(): Promise<void> };

/** What `/metrics` answers with. */
export class Scrape {
  constructor(
    private readonly meters: Meters,
    private readonly gauges: readonly Refreshed[],
    private readonly watch: Pick<Watch, 'drifts'>,
  ) {
    const labels = { version: packageVersion(), node: process.versions.node };
    meters.show('buildInfo', [{ labels, value: 1 }]);
  }

  async text(): Promise<string> {
    for (const gauges of this.gauges) await gauges.refresh();
    const drifts = this.watch
      .drifts()
      .map(([rotation, { kind }]) => ({ labels: { rotation, kind }, value: 1 }));
    this.meters.show('drift', drifts);
    return this.meters.registry.metrics();
  }
}
