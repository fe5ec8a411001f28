import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { program } from '../../src/cli/main.js';
import { METRICS } from '../../src/telemetry/metrics.js';
import { promtool, runPromtool } from './promtool.js';

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
};
type UnitTest = {
  readonly alert_rule_test: readonly { alertname: string; exp_alerts: readonly unknown[] }[];
};

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const text = (path: string): string => readFileSync(at(path), 'utf8');
const RULES = 'deploy/alerts.rules.yaml';
const rules = (parse(text(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const runbooks = readdirSync(at('docs/runbooks')).map((file) => file.replace(/\.md$/, ''));
const unitTests = readdirSync(at('test/alerts')).filter((file) => file.endsWith('.test.yaml'));
const names = rules.map(({ alert }) => alert);

const labelsOf = new Map<string, readonly string[]>(
  Object.values(METRICS).map(({ name, labels }) => [name, labels]),
);
const found = (from: string, pattern: RegExp): string[] =>
  [...from.matchAll(pattern)].map(([, one]) => one ?? '');

describe('the alert rules', () => {
  it('have each a runbook and a unit test of their name, and there are no others', () => {
    expect(names.length).toBeGreaterThan(0);
    expect(runbooks.toSorted()).toEqual(names.toSorted());
    expect(unitTests.toSorted()).toEqual(names.map((name) => `${name}.test.yaml`).toSorted());
  });

  it.each(rules)('$alert says how bad it is, what has happened, and where to read on', (rule) => {
    expect(rule.labels).toEqual({ severity: expect.stringMatching(/^(critical|warning)$/) });
    expect(rule.annotations.summary).toMatch(/^\S.*\.$/);
    expect(rule.annotations.runbook_url).toBe(`docs/runbooks/${rule.alert}.md`);
  });

  it.each(rules)('$alert asks for metrics and labels that there are', ({ expr, annotations }) => {
    const metrics = found(expr, /\b(rotor_\w+)/g);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !labelsOf.has(name))).toEqual([]);
    const known = metrics.flatMap((name) => labelsOf.get(name) ?? []);
    const grouped = found(expr, /\b(?:by|on) \(([^)]*)\)/g).flatMap((list) => list.split(/\s*,\s*/));
    const selected = found(expr, /(\w+)\s*(?:=~|!~|!=|=)\s*"/g);
    const shown = found(annotations.summary, /\$labels\.(\w+)/g);
    const used = [...grouped, ...selected, ...shown].filter((label) => label !== '');
    expect(used.filter((label) => !known.includes(label))).toEqual([]);
  });

  it.each(rules)('$alert has a unit test in which it fires, and one in which it does not', ({ alert }) => {
    const { tests } = parse(text(`test/alerts/${alert}.test.yaml`)) as { tests: UnitTest[] };
    const cases = tests.flatMap((test) => test.alert_rule_test);
    expect(new Set(cases.map((one) => one.alertname))).toEqual(new Set([alert]));
    expect(new Set(cases.map((one) => one.exp_alerts.length))).toEqual(new Set([0, 1]));
  });

  (promtool === undefined ? it.skip : it)('are rules to promtool', async () => {
    expect(await runPromtool('check', 'rules', at(RULES))).toMatchObject({ exit: 0 });
  });

  (promtool === undefined ? it.skip : it).each(names)(
    '%s fires when it should, and only then',
    async (name) => {
      const { exit, said } = await runPromtool('test', 'rules', at(`test/alerts/${name}.test.yaml`));
      expect({ exit, said }).toEqual({ exit: 0, said: expect.stringContaining('SUCCESS') });
    },
  );
});

describe('the runbooks', () => {
  it.each(runbooks)('%s says what it means, what to look at, what to do, and whom to call', (name) => {
    const page = text(`docs/runbooks/${name}.md`);
    expect(found(page, /^#+ (.*)$/gm)).toEqual([name, 'Meaning', 'Check', 'Fix', 'Escalate']);
  });

  it('name commands, and metrics, that there are', () => {
    const commands = program(() => undefined).commands.map((command) => command.name());
    const pages = runbooks.map((name) => text(`docs/runbooks/${name}.md`)).join('\n');
    const named = found(pages, /`rotor (\w+)/g);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((command) => !commands.includes(command))).toEqual([]);
    expect(found(pages, /`(rotor_\w+)`/g).filter((name) => !labelsOf.has(name))).toEqual([]);
  });
});
