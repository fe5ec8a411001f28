import { helpOf, METRICS, type MetricKey } from '../../src/telemetry/metrics.js';

export const PAGE = new URL('../../docs/metrics.md', import.meta.url);

const HEAD = `<!-- Made from src/telemetry/metrics.ts by \`npm run metrics-page\`. -->

# Metrics

\`/metrics\` is for Prometheus, in its text format, or as [OpenMetrics](https://github.com/prometheus/OpenMetrics) for whoever asks for it by \`Accept\`, without exemplars; it needs a token with the scope \`metrics\` (\`rotor token create prometheus --grant metrics\`; \`authorization\` in the scrape config). Alert rules that stand on these metrics: \`deploy/alerts.rules.yaml\`, with a [runbook](runbooks) for each. \`http_server_request_duration_seconds\` is named and labelled as [OpenTelemetry](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/) has it.

What the journal or the config says is the same on every replica: take one of them, as in \`max by (rotation) (rotor_targets_pending)\`. Where the journal cannot be read, these series are missing. What a process counts or has seen itself is to be added up, or the worst of it taken. A series exists while its value does: no zero stands for "not yet".

Besides these there are the \`process_…\` and \`nodejs_…\` metrics of [prom-client](https://github.com/siimon/prom-client#default-metrics).
`;

/** docs/metrics.md as it ought to be. */
export function metricsPage(): string {
  return [HEAD, ...(Object.keys(METRICS) as MetricKey[]).map(section)].join('\n');
}

function section(key: MetricKey): string {
  const { name, type, labels } = METRICS[key];
  const labelled = labels.length === 0 ? 'no labels' : labels.map((label) => `\`${label}\``).join(', ');
  return `## ${name}\n\n${type}; ${labelled}\n\n${helpOf(key)}\n`;
}
