import type { Watch } from '../rotation/watch.js';
import { builtFrom, packageVersion } from '../version.js';
import { OPEN_METRICS, openMetricsOf, TEXT, type Form } from './exposition.js';
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
    const labels = { version: packageVersion(), commit: builtFrom(), node: process.versions.node };
    meters.show('buildInfo', [{ labels, value: 1 }]);
  }

  async text(form: Form = TEXT): Promise<string> {
    for (const gauges of this.gauges) await gauges.refresh();
    const drifts = this.watch
      .drifts()
      .map(([rotation, { kind }]) => ({ labels: { rotation, kind }, value: 1 }));
    this.meters.show('drift', drifts);
    const { registry } = this.meters;
    return form === OPEN_METRICS ? openMetricsOf(registry.getMetricsAsArray()) : registry.metrics();
  }
}
