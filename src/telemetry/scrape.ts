import type { Watch } from '../rotation/watch.js';
import { packageVersion } from '../version.js';
import type { Meters } from './meters.js';
import type { OutboxGauges } from './outbox-gauges.js';
import type { RotationGauges } from './rotation-gauges.js';

/** What `/metrics` answers with. */
export class Scrape {
  constructor(
    private readonly meters: Meters,
    private readonly gauges: RotationGauges,
    private readonly outbox: OutboxGauges,
    private readonly watch: Pick<Watch, 'drifts'>,
  ) {
    const labels = { version: packageVersion(), node: process.versions.node };
    meters.show('buildInfo', [{ labels, value: 1 }]);
  }

  async text(): Promise<string> {
    await this.gauges.refresh();
    await this.outbox.refresh();
    const drifts = this.watch
      .drifts()
      .map(([rotation, { kind }]) => ({ labels: { rotation, kind }, value: 1 }));
    this.meters.show('drift', drifts);
    return this.meters.registry.metrics();
  }
}
