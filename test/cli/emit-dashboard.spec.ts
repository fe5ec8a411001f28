import { describe, expect, it } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { METRICS } from '../../src/telemetry/metrics.js';
import { rotorHere } from './in-process.js';

type Target = { readonly expr: string; readonly legendFormat?: string };
type Place = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Place;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: { readonly thresholds?: { readonly steps: readonly object[] } };
  };
};
type Dashboard = {
  readonly uid: string;
  readonly links: readonly { readonly url: string }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly panels: readonly Panel[];
};

const COMPLETE = 'deploy/rotor.complete.yaml';
const emit = async (config: string, ...flags: string[]): Promise<Dashboard> =>
  JSON.parse((await rotorHere(['emit', 'dashboard', '-c', config, ...flags])).stdout) as Dashboard;
const labelsOf = new Map<string, readonly string[]>(
  Object.values(METRICS).map(({ name, labels }) => [name, labels]),
);
/** What Grafana puts in before it asks. */
const asked = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '5m').replaceAll('$rotation', '.*');

/** Names of what a query stands on, or undefined where it is none. */
function namesIn(expr: string): { metrics: string[]; labels: string[] } | undefined {
  const [metrics, labels]: [string[], string[]] = [[], []];
  let isQuery = true;
  parser.parse(expr).iterate({
    enter: (node) => {
      const text = expr.slice(node.from, node.to);
      if (node.type.isError) isQuery = false;
      if (node.name === 'VectorSelector') metrics.push(/^[\w:]+/.exec(text)?.[0] ?? '');
      if (node.name === 'LabelName') labels.push(text);
    },
  });
  return isQuery ? { metrics, labels } : undefined;
}

describe('rotor emit dashboard', () => {
  it('asks in every panel for metrics and labels that there are', async () => {
    const { panels } = await emit(COMPLETE);
    const targets = panels.flatMap((panel) => panel.targets ?? []);
    expect(targets.length).toBeGreaterThan(20);
    const used = new Set<string>();
    for (const { expr, legendFormat = '' } of targets) {
      const names = namesIn(asked(expr));
      expect({ expr, isQuery: names !== undefined }).toEqual({ expr, isQuery: true });
      const { metrics = [], labels = [] } = names ?? {};
      const known = metrics.map((name) => name.replace(/_bucket$/, ''));
      expect({ expr, unknown: known.filter((name) => !labelsOf.has(name)) }).toEqual({ expr, unknown: [] });
      const own = [...known.flatMap((name) => labelsOf.get(name) ?? []), 'le'];
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
      expect({ expr, unknown: [...labels, ...shown].filter((label) => !own.includes(label)) }).toEqual({
        expr,
        unknown: [],
      });
      known.forEach((name) => used.add(name));
    }
    // Every metric is on it, but the one that says which Rotor this is and when the config was read.
    expect([...labelsOf.keys()].filter((name) => !used.has(name))).toEqual([
      'rotor_build_info',
      'rotor_config_last_reload_success_timestamp_seconds',
    ]);
  });

  it('takes a histogram by its buckets and a counter by what was added', async () => {
    const { panels } = await emit(COMPLETE);
    const exprs = panels.flatMap((panel) => panel.targets ?? []).map(({ expr }) => expr);
    for (const { name, type } of Object.values(METRICS)) {
      const used = exprs.filter((expr) => expr.includes(name));
      if (type === 'gauge') continue;
      const form = type === 'histogram' ? `rate(${name}_bucket` : `increase(${name}`;
      expect(used.filter((expr) => !expr.includes(form))).toEqual([]);
    }
  });

  it('has a place for each panel that no other one has', async () => {
    const { panels } = await emit(COMPLETE);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('is for a datasource and rotations that are chosen in it', async () => {
    const { templating, panels } = await emit(COMPLETE);
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'rotation']);
    const [, metric = '', label = ''] =
      /^label_values\((\w+), (\w+)\)$/.exec(templating.list[1]?.definition ?? '') ?? [];
    expect(labelsOf.get(metric)).toContain(label);
    // What has rotations is asked for the chosen ones.
    const ofRotations = panels
      .flatMap((panel) => panel.targets ?? [])
      .filter(({ expr }) => /by \([^)]*\brotation\b/.test(expr));
    expect(ofRotations.length).toBeGreaterThan(10);
    expect(ofRotations.filter(({ expr }) => !expr.includes('rotation=~"$rotation"'))).toEqual([]);
  });

  it('shows what the config has, and calls a gap long that the config does not ask for', async () => {
    const titles = async (config: string) => (await emit(config)).panels.map(({ title }) => title);
    expect(await titles(COMPLETE)).toEqual(expect.arrayContaining(['Overdue', 'Tries to tell']));
    expect(await titles('deploy/rotor.minimal.yaml')).not.toContain('Tries to tell');
    const { panels, links } = await emit(COMPLETE);
    expect(links).toEqual([expect.objectContaining({ url: 'https://rotor.example.com' })]);
    const gaps = panels
      .filter(({ title }) => title.startsWith('Auth gap'))
      .map(({ targets, fieldConfig }) => [
        targets?.[0]?.expr,
        fieldConfig?.defaults.thresholds?.steps.at(-1),
      ]);
    const exprFor = (only: string): string =>
      `max by (rotation) (rotor_auth_gap_seconds{rotation=~"$rotation",${only}})`;
    // Of two waves and of three, with five minutes between them; the others have no waves.
    expect(gaps).toEqual([
      [exprFor('rotation!~"checkout-prod|orders"'), { color: 'red', value: 300 }],
      [exprFor('rotation=~"orders"'), { color: 'red', value: 600 }],
      [exprFor('rotation=~"checkout-prod"'), { color: 'red', value: 900 }],
    ]);
    const alike = (await emit('deploy/rotor.minimal.yaml')).panels.filter(({ title }) =>
      title.startsWith('Auth gap'),
    );
    expect(alike.map(({ title }) => title)).toEqual(['Auth gap of the newest run']);
  });

  it('refuses a name that could stand in no address', async () => {
    expect(await rotorHere(['emit', 'dashboard', '-c', COMPLETE, '--uid', 'a b'])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('--uid: found "a b", expected up to 40 letters'),
    });
  });
});
