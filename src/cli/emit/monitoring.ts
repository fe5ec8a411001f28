import { RotorError } from '../../rotation/errors.js';
import { printData, printNote } from '../print.js';
import { ruleObjectOf, rulesOf } from './alerts.js';
import { configOf, type Of } from './config-of.js';
import { dashboardOf, type Named } from './dashboard/index.js';

export type AlertsOptions = Of & {
  readonly format: 'rules' | 'prometheusrule';
  readonly runbooks?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly label?: readonly string[];
};

/** Prints a rules file for Prometheus, or the object that its operator takes rules from. */
export function emitAlerts({
  format,
  runbooks,
  name,
  namespace,
  label = [],
  ...options
}: AlertsOptions): number {
  const ofObject = { '--name': name, '--namespace': namespace, '--label': label[0] };
  const [misplaced] = Object.entries(ofObject).flatMap(([flag, value]) =>
    value === undefined ? [] : [flag],
  );
  if (format === 'rules' && misplaced !== undefined)
    throw new RotorError(
      'request_invalid',
      `${misplaced} is for --format prometheusrule; a rules file has none`,
    );
  const labels = Object.fromEntries(label.map(labelOf));
  const rules = rulesOf(configOf(options).rotations, {
    runbooks: runbooks === undefined ? undefined : addressOf(runbooks),
  });
  const printed =
    format === 'rules' ? rules : ruleObjectOf(rules, { name: name ?? 'rotor', namespace, labels });
  printData(printed.toString({ lineWidth: 0 }).trimEnd());
  if (runbooks === undefined)
    printNote("runbook_url is a path in Rotor's repository; --runbooks says where yours are");
  return 0;
}

function labelOf(pair: string): [string, string] {
  const [, key, value] = /^([^=\s]+)=(\S*)$/.exec(pair) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  throw new RotorError(
    'request_invalid',
    `--label: found "${pair}", expected KEY=VALUE, such as release=prometheus`,
  );
}

function addressOf(typed: string): string {
  const url = URL.parse(typed);
  if (url !== null && /^https?:$/.test(url.protocol)) return typed.replace(/\/+$/, '');
  throw new RotorError('request_invalid', `--runbooks: found "${typed}", expected an http or https URL`);
}

export type DashboardOptions = Of & Named;

/** Prints a dashboard for Grafana. */
export function emitDashboard({ title, uid, ...options }: DashboardOptions): number {
  // https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/#identifier-id-vs-unique-identifier-uid
  if (!/^[\w-]{1,40}$/.test(uid))
    throw new RotorError(
      'request_invalid',
      `--uid: found "${uid}", expected up to 40 letters, digits, hyphens and underscores`,
    );
  printData(JSON.stringify(dashboardOf(configOf(options), { title, uid }), undefined, 2));
  return 0;
}
