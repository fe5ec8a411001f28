import { Registry } from 'prom-client';

type Metric = ReturnType<Registry['getMetricsAsArray']>[number];

export const TEXT = Registry.PROMETHEUS_CONTENT_TYPE;
export const OPEN_METRICS = Registry.OPENMETRICS_CONTENT_TYPE;
export type Form = typeof TEXT | typeof OPEN_METRICS;

/** As https://prometheus.io/docs/instrumenting/content_negotiation/ has them: 0.0.1 is what older ones ask for. */
const VERSIONS: ReadonlySet<string | undefined> = new Set([undefined, '1.0.0', '0.0.1']);

/** OpenMetrics for whoever asks for a version of it that is known, unless they would rather have plain text. */
export function formFor(accept: string | undefined): Form {
  const asked = (accept ?? '').split(',').map(rangeOf);
  const open = Math.max(
    0,
    ...asked.flatMap(({ type, version, q }) =>
      type === 'application/openmetrics-text' && VERSIONS.has(version) ? [q] : [],
    ),
  );
  const plain = Math.max(0, ...asked.flatMap(({ type, q }) => (type === 'text/plain' ? [q] : [])));
  return open > 0 && open >= plain ? OPEN_METRICS : TEXT;
}

function rangeOf(range: string): { readonly type: string; readonly version?: string; readonly q: number } {
  const [type = '', ...pairs] = range.split(';').map((part) => part.trim());
  const { q = '1', version } = Object.fromEntries(
    pairs.map((pair) => pair.toLowerCase().split('=')),
  ) as Partial<Record<'q' | 'version', string>>;
  const weight = Number(q);
  return {
    type: type.toLowerCase(),
    ...(version !== undefined && { version }),
    q: Number.isNaN(weight) ? 0 : weight,
  };
}

/**
 * The same metrics by OpenMetrics: the library takes `_total` off the names of counters for good, which would change
 * the plain text as well, and leaves quotes in a help text as they are, which the grammar forbids:
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md#abnf
 */
export async function openMetricsOf(metrics: readonly Metric[]): Promise<string> {
  const registry = new Registry<typeof OPEN_METRICS>();
  registry.setContentType(OPEN_METRICS);
  for (const metric of metrics) registry.registerMetric(namedAnew(metric) as never);
  return (await registry.metrics()).replaceAll(/^# HELP .*$/gm, (line) => line.replaceAll('"', '\\"'));
}

function namedAnew(metric: Metric): Metric {
  const own = (value: string): PropertyDescriptor => ({ value, writable: true, enumerable: true });
  return Object.create(metric, { name: own(metric.name) }) as Metric;
}
