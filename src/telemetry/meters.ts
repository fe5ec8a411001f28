import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { helpOf, METRICS, type LabelsOf, type MetricKey } from './metrics.js';

type KeyOf<Type> = {
  [Key in MetricKey]: (typeof METRICS)[Key]['type'] extends Type ? Key : never;
}[MetricKey];

/** One value of a gauge, with its labels. */
export type Sample<Key extends GaugeKey = GaugeKey> = {
  readonly labels: LabelsOf<Key>;
  readonly value: number;
};
export type GaugeKey = KeyOf<'gauge'>;

/** The declared metrics of one process, of which nothing else can be counted or shown. */
export class Meters {
  readonly registry = new Registry();
  readonly #gauges = new Map<MetricKey, Gauge>();
  readonly #counters = new Map<MetricKey, Counter>();
  readonly #histograms = new Map<MetricKey, Histogram>();

  constructor() {
    for (const key of Object.keys(METRICS) as MetricKey[]) this.#declare(key);
  }

  /** In place of whatever the gauge has shown so far. */
  show<Key extends GaugeKey>(key: Key, samples: readonly Sample<Key>[]): void {
    const gauge = this.#gauges.get(key);
    if (!gauge) throw new Error(`${key} is no gauge`);
    empty(gauge, key);
    for (const { labels, value } of samples) gauge.set(labels, value);
  }

  count<Key extends KeyOf<'counter'>>(key: Key, labels: LabelsOf<Key>): void {
    this.#counters.get(key)?.inc(labels);
  }

  observe<Key extends KeyOf<'histogram'>>(key: Key, labels: LabelsOf<Key>, seconds: number): void {
    this.#histograms.get(key)?.observe(labels, seconds);
  }

  #declare(key: MetricKey): void {
    const { name, type, labels, ...rest } = METRICS[key];
    const options = { name, help: helpOf(key), labelNames: [...labels], registers: [this.registry] };
    if (type === 'counter') this.#counters.set(key, new Counter(options));
    else if (type === 'histogram') {
      const buckets = 'buckets' in rest ? [...rest.buckets] : [];
      this.#histograms.set(key, new Histogram({ ...options, buckets }));
    } else {
      const gauge = new Gauge(options);
      empty(gauge, key);
      this.#gauges.set(key, gauge);
    }
  }
}

/** A gauge without labels shows 0 when it is new or reset, which is a value like any other. */
function empty(gauge: Gauge, key: MetricKey): void {
  if (METRICS[key].labels.length === 0) gauge.remove();
  else gauge.reset();
}
