import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { METRICS } from '../../src/telemetry/metrics.js';
import { metricsPage, PAGE } from './metrics-page.js';

it('docs/metrics.md says what the metrics are now; `npm run metrics-page` writes it', async () => {
  expect(await readFile(PAGE, 'utf8')).toBe(metricsPage());
});

it('the metrics have the names that Prometheus asks for: a unit, and _total for counters alone', () => {
  const metrics = Object.values(METRICS);
  expect(new Set(metrics.map(({ name }) => name)).size).toBe(metrics.length);
  const timed = metrics.filter(({ type }) => type === 'histogram');
  expect(timed.filter(({ name }) => !name.endsWith('_seconds'))).toEqual([]);
  for (const { name, type } of metrics) {
    expect(name).toMatch(/^(rotor|http_server)_[a-z]+(_[a-z]+)*$/);
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
  }
});
