import { describe, expect, it } from '@jest/globals';
import { collectDefaultMetrics } from 'prom-client';
import { OPEN_METRICS } from '../../src/telemetry/exposition.js';
import { Meters } from '../../src/telemetry/meters.js';
import { Scrape } from '../../src/telemetry/scrape.js';

describe('OpenMetrics', () => {
  it('says what plain text says, before and after', async () => {
    const meters = new Meters();
    collectDefaultMetrics({ register: meters.registry });
    meters.count('runs', { rotation: 'checkout', trigger: 'api', outcome: 'succeeded' });
    meters.observe('runDuration', { trigger: 'api', outcome: 'succeeded' }, 3);
    const scrape = new Scrape(meters, [], { drifts: () => [] });
    const series = (text: string): string[] =>
      text
        .split('\n')
        .filter((line) => line.startsWith('rotor_'))
        .toSorted();
    const plain = await scrape.text();
    const open = await scrape.text(OPEN_METRICS);
    expect(series(open)).toEqual(series(plain));
    expect(series(await scrape.text())).toEqual(series(plain));
    expect(plain).toContain('# TYPE rotor_runs_total counter');
    expect(open).toContain('# TYPE rotor_runs counter');
    expect(open).toContain('rotor_runs_total{rotation="checkout",trigger="api",outcome="succeeded"} 1');
    const families = [...open.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    expect(families).toEqual([...new Set(families)]);
    expect(open).toMatch(/[^\n]\n# EOF\n$/);
    expect(open).not.toMatch(/\n\n|^# HELP .*[^\\]"/m);
    meters.registry.clear();
  });
});
