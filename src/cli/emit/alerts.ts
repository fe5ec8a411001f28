import { readFileSync } from 'node:fs';
import { Document, parseDocument, YAMLMap, YAMLSeq } from 'yaml';
import type { RotationConfig } from '../../config/index.js';
import { inPackage } from '../../in-package.js';
import { RotorError } from '../../rotation/errors.js';
import { exceptionsTo, matcherOf, TUNINGS, type Tuning } from './alert-terms.js';

const SHIPPED = 'deploy/alerts.rules.yaml';
const RUNBOOKS = 'docs/runbooks';
const HEADER =
  ' The alert rules of Rotor, by `rotor emit alerts`: make them anew when the config has changed.';

/** Where the runbooks of whoever is called are, without a slash at the end; undefined: as paths in this repository. */
type Readers = { readonly runbooks?: string | undefined };

/** Of the object that the operator of Prometheus takes rules from. */
export type RuleObject = {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
};

/** The shipped rules as a file for Prometheus, with what the config gives more or less time for. */
export function rulesOf(rotations: readonly RotationConfig[], { runbooks }: Readers): Document {
  const text = readFileSync(inPackage(SHIPPED), 'utf8');
  const document = parseDocument(text.replace(/^(#.*\n)+/, ''));
  document.commentBefore = HEADER;
  for (const group of mapsIn(document.get('groups'))) {
    const rules = group.get('rules');
    if (!(rules instanceof YAMLSeq)) throw unexpected('a group without rules');
    rules.items = mapsIn(rules).flatMap((rule) => tunedTo(rotations, rule));
    if (runbooks !== undefined) for (const rule of mapsIn(rules)) leadTo(runbooks, rule);
  }
  return document;
}

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule */
export function ruleObjectOf(rules: Document, { name, namespace, labels }: RuleObject): Document {
  const metadata = {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
  const kind = 'PrometheusRule';
  const whole = new Document({ apiVersion: 'monitoring.coreos.com/v1', kind, metadata });
  whole.set('spec', rules.contents);
  whole.commentBefore = HEADER;
  return whole;
}

/** The shipped rule for all but those that need another one, so that a rotation which is added has a rule at once. */
function tunedTo(rotations: readonly RotationConfig[], rule: YAMLMap): YAMLMap[] {
  const tuning = TUNINGS[String(rule.get('alert'))];
  if (!tuning) return [rule];
  const exceptions = exceptionsTo(tuning, rotations);
  if (exceptions.length === 0) return [rule];
  const shipped = rule.clone() as YAMLMap;
  selectIn(
    shipped,
    '!~',
    exceptions.flatMap(([, those]) => those),
  );
  return [
    shipped,
    ...exceptions.map(([seconds, those]) => {
      const one = rule.clone() as YAMLMap;
      one.commentBefore = null;
      one.spaceBefore = true;
      wait(one, tuning, seconds);
      // Without it promtool calls the two rules one.
      one.setIn(['labels', 'after'], spanOf(seconds));
      selectIn(one, '=~', those);
      return one;
    }),
  ];
}

function selectIn(rule: YAMLMap, operator: '=~' | '!~', those: readonly RotationConfig[]): void {
  const matcher = matcherOf(operator, those);
  rule.set(
    'expr',
    String(rule.get('expr')).replaceAll(/\brotor_\w+/g, (metric) => `${metric}{${matcher}}`),
  );
}

function wait(rule: YAMLMap, { place, shippedS }: Tuning, seconds: number): void {
  if (place === 'for') return rule.set('for', spanOf(seconds));
  const expr = String(rule.get('expr'));
  const threshold = `> ${shippedS}`;
  if (expr.split(threshold).length !== 2)
    throw unexpected(`${String(rule.get('alert'))} without ${threshold}`);
  return rule.set('expr', expr.replace(threshold, `> ${seconds}`));
}

/** https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations */
function spanOf(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

function leadTo(runbooks: string, rule: YAMLMap): void {
  const path = ['annotations', 'runbook_url'];
  const shipped = String(rule.getIn(path));
  if (!shipped.startsWith(`${RUNBOOKS}/`)) throw unexpected(`runbook_url ${shipped}`);
  rule.setIn(path, `${runbooks}${shipped.slice(RUNBOOKS.length)}`);
}

function mapsIn(list: unknown): YAMLMap[] {
  return list instanceof YAMLSeq ? list.items.filter((one) => one instanceof YAMLMap) : [];
}

function unexpected(found: string): RotorError {
  return new RotorError('internal', `${SHIPPED} has ${found}`);
}
