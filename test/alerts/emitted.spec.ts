import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { rotorHere } from '../cli/in-process.js';
import { promtool, runPromtool } from './promtool.js';

type Rule = {
  readonly alert: string;
  readonly annotations: { readonly runbook_url: string };
};
type Rules = { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };

const shipped = parse(readFileSync('deploy/alerts.rules.yaml', 'utf8')) as Rules;
const rulesIn = ({ groups }: Rules): Rule[] => groups.flatMap(({ rules }) => [...rules]);

/** One that every shipped rule fits, and for each that is waited with longer, or not as long, one that it does not fit. */
const MIXED = `
version: 1
cloud: { apiKey: '\${env:EC_API_KEY}' }
rotations:
  - name: plain
    select: { deployment: plain }
    store: { type: aws-secrets-manager, secretId: plain }
    targets: []
  - name: hourly
    maxAge: 1h
    renewBefore: 20m
    select: { deployment: hourly }
    store: { type: aws-secrets-manager, secretId: hourly }
    targets: []
  - name: watched-seldom
    watch: { interval: 10m }
    select: { deployment: seldom }
    store: { type: aws-secrets-manager, secretId: seldom }
    targets: []
  - name: in-waves
    strategy: { waves: [canary, rest], soak: 10m }
    select: { deployment: waves }
    store: { type: aws-secrets-manager, secretId: waves }
    targets:
      - { type: file, name: first, path: /etc/a/token, wave: canary, ready: { timeout: 5m } }
      - { type: file, name: second, path: /etc/b/token, ready: { timeout: 20m } }
`;

describe('rotor emit alerts', () => {
  let folder: string;
  let config: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-alerts-'));
    config = join(folder, 'rotor.yaml');
    await writeFile(config, MIXED);
  });
  afterAll(async () => rm(folder, { recursive: true }));

  const emit = async (...flags: string[]) => rotorHere(['emit', 'alerts', '-c', config, ...flags]);

  it('prints the shipped rules where the config gives nothing more time', async () => {
    const { stdout, exit } = await rotorHere(['emit', 'alerts', '-c', 'deploy/rotor.minimal.yaml']);
    expect(exit).toBe(0);
    expect(parse(stdout)).toEqual(shipped);
    expect(stdout).toContain('# One replica that ticks is enough.');
  });

  it('leads to the runbooks of whoever is called, and says where it cannot', async () => {
    const led = await emit('--runbooks', 'https://wiki.example.com/rotor/');
    const addresses = rulesIn(parse(led.stdout) as Rules).map(({ annotations }) => annotations.runbook_url);
    expect(new Set(addresses)).toEqual(
      new Set(rulesIn(shipped).map(({ alert }) => `https://wiki.example.com/rotor/${alert}.md`)),
    );
    expect(led.stderr).toBe('');
    expect((await emit()).stderr).toContain('--runbooks says where yours are');
  });

  it('prints the object of the Prometheus operator around the same rules', async () => {
    const file = parse((await emit()).stdout) as Rules;
    const object: unknown = parse(
      (await emit('--format', 'prometheusrule', '--namespace', 'watch', '--label', 'release=prometheus'))
        .stdout,
    );
    expect(object).toEqual({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'rotor', namespace: 'watch', labels: { release: 'prometheus' } },
      spec: file,
    });
  });

  it('refuses an address that is none, a label that is none, and what a rules file has not', async () => {
    const said = async (...flags: string[]) => (await emit(...flags)).stderr;
    expect(await said('--runbooks', 'wiki')).toContain(
      '--runbooks: found "wiki", expected an http or https URL',
    );
    expect(await said('--format', 'prometheusrule', '--label', 'x')).toContain('expected KEY=VALUE');
    expect(await said('--namespace', 'watch')).toContain('--namespace is for --format prometheusrule');
  });

  (promtool === undefined ? it.skip : it)('prints rules to promtool, in either form', async () => {
    const { stdout } = await emit('--format', 'prometheusrule');
    const { spec } = parse(stdout) as { spec: Rules };
    const file = join(folder, 'spec.yaml');
    await writeFile(file, stringify(spec));
    expect(await runPromtool('check', 'rules', file)).toMatchObject({ exit: 0 });
    await writeFile(file, (await emit()).stdout);
    expect(await runPromtool('check', 'rules', file)).toMatchObject({ exit: 0 });
  });

  type Case = {
    readonly alert: string;
    readonly rotation: string;
    /** After so long of the same values it fires, and not before. */
    readonly after: string;
    readonly before: string;
    readonly series: (rotation: string) => readonly { readonly series: string; readonly values: string }[];
  };
  const due = (rotation: string) => [
    { series: `rotor_rotation_next_due_timestamp_seconds{rotation="${rotation}"}`, values: '0x300' },
    { series: `rotor_rotation_paused{rotation="${rotation}"}`, values: '0x300' },
  ];
  const pending = (rotation: string) => [
    { series: `rotor_targets_pending{rotation="${rotation}"}`, values: '1x300' },
  ];
  const drift = (rotation: string) => [
    { series: `rotor_drift{rotation="${rotation}",kind="store_edited"}`, values: '1x300' },
  ];
  const cases: readonly Case[] = [
    { alert: 'RotorTokenDueMissed', rotation: 'hourly', before: '14m', after: '17m', series: due },
    { alert: 'RotorTokenDueMissed', rotation: 'plain', before: '64m', after: '67m', series: due },
    { alert: 'RotorTargetsNotConverged', rotation: 'in-waves', before: '34m', after: '36m', series: pending },
    {
      alert: 'RotorTargetsNotConverged',
      rotation: 'added-later',
      before: '14m',
      after: '16m',
      series: pending,
    },
    { alert: 'RotorDrift', rotation: 'watched-seldom', before: '27m', after: '29m', series: drift },
    { alert: 'RotorDrift', rotation: 'in-waves', before: '9m', after: '11m', series: drift },
  ];
  const fires = async (
    alert: string,
    at: string,
    input_series: readonly { readonly series: string; readonly values: string }[],
  ): Promise<boolean> => {
    const rules = join(folder, 'rules.yaml');
    const file = join(folder, 'case.test.yaml');
    await writeFile(rules, (await emit()).stdout);
    // It passes where nothing fires.
    const alert_rule_test = [{ eval_time: at, alertname: alert, exp_alerts: [] }];
    const tests = [{ interval: '1m', input_series, alert_rule_test }];
    await writeFile(file, stringify({ rule_files: [rules], evaluation_interval: '1m', tests }));
    const { exit, said } = await runPromtool('test', 'rules', file);
    expect(said).toMatch(exit === 0 ? /SUCCESS/ : /got:\[\s*0:\s*Labels/);
    return exit !== 0;
  };

  (promtool === undefined ? it.skip : it).each(cases)(
    '$alert of $rotation waits as long as its config gives it: not at $before, but at $after',
    async ({ alert, rotation, before, after, series }) => {
      expect(await fires(alert, before, series(rotation))).toBe(false);
      expect(await fires(alert, after, series(rotation))).toBe(true);
    },
  );

  (promtool === undefined ? it.skip : it)('a gap that a soak asks for alarms nobody', async () => {
    const gap = (rotation: string, seconds: number) => [
      { series: `rotor_auth_gap_seconds{rotation="${rotation}"}`, values: `${seconds}x40` },
      { series: `rotor_rotation_last_success_timestamp_seconds{rotation="${rotation}"}`, values: '0x40' },
    ];
    const firesOn = async (rotation: string, seconds: number) =>
      fires('RotorAgentsUnauthorized', '20m', gap(rotation, seconds));
    expect([await firesOn('in-waves', 900), await firesOn('in-waves', 901)]).toEqual([false, true]);
    expect([await firesOn('plain', 300), await firesOn('plain', 301)]).toEqual([false, true]);
  });
});
