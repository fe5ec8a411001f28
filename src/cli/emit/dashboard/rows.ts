import type { Panel, Query, Row } from './grafana.js';

/** What the config has, and what it calls long. */
export type Watched = {
  readonly hasMaxAge: boolean;
  readonly hasNotifiers: boolean;
  /** A panel draws one limit. */
  readonly longGaps: readonly LongGap[];
};

/** From how many seconds on a gap is longer than the config asks for, and the matcher of those whose limit it is. */
export type LongGap = { readonly seconds: number; readonly only?: string };

const PICKED = '{rotation=~"$rotation"}';

/** What every replica shows alike is taken of one. */
const one = (metric: string, only?: string): string =>
  `max by (rotation) (${metric}${only === undefined ? PICKED : PICKED.replace('}', `,${only}}`)})`;
/** No series is none of them, and a stat of nothing says nothing. */
const count = (expr: string): string => `count(${expr}) or vector(0)`;
const query = (expr: string, as: string, unit?: string): Query => ({
  expr,
  as,
  ...(unit !== undefined && { unit }),
});
/** Of all replicas together. */
const slowest = (metric: string, by: string, as: string): Query =>
  query(`histogram_quantile(0.95, sum by (le, ${by}) (rate(${metric}_bucket[$__rate_interval])))`, as);
const counted = (metric: string, by: string, as: string, of = ''): Query =>
  query(`sum by (${by}) (increase(${metric}${of}[$__rate_interval]))`, as);

const AGE = `time() - ${one('rotor_token_issued_timestamp_seconds')}`;
const MAX_AGE = one('rotor_token_max_age_seconds');

export function rowsFor(watched: Watched): Row[] {
  return [
    { title: 'The fleet', panels: fleet(watched) },
    { title: 'Tokens', panels: tokens(watched) },
    { title: 'Runs and deliveries', panels: runs() },
    { title: 'Upstreams', panels: upstreams() },
    { title: 'The service', panels: service(watched) },
  ];
}

function stat(title: string, expr: string, from: Panel['from'], more: Partial<Panel> = {}): Panel {
  return { title, type: 'stat', queries: [query(expr, title)], ...(from && { from }), width: 3, ...more };
}

function series(title: string, queries: readonly Query[], more: Partial<Panel> = {}): Panel {
  return { title, type: 'timeseries', queries, width: 12, ...more };
}

function fleet({ hasMaxAge }: Watched): Panel[] {
  return [
    stat('Rotations', count(one('rotor_rotation_paused')), undefined),
    ...(hasMaxAge ? [stat('Overdue', count(`${AGE} > ${MAX_AGE}`), { red: 1 })] : []),
    stat(
      'Failed',
      count(`max by (rotation) (rotor_rotation_last_outcome{outcome="failed",rotation=~"$rotation"})`),
      {
        red: 1,
      },
    ),
    stat('Stalled', count(one('rotor_run_stalled_since_timestamp_seconds')), { red: 1 }),
    stat('Deliveries pending', `sum(${one('rotor_targets_pending')}) or vector(0)`, { orange: 1 }),
    stat('Drifted', count(one('rotor_drift')), { orange: 1 }),
    stat('Paused', count(`${one('rotor_rotation_paused')} == 1`), { orange: 1 }),
    stat(
      'Schedule last read',
      'time() - max(rotor_scheduler_last_tick_timestamp_seconds)',
      { orange: 60, red: 300 },
      { unit: 's', about: 'By the replica that has read it last. Nothing is started while nobody reads it.' },
    ),
  ];
}

function tokens({ hasMaxAge, longGaps }: Watched): Panel[] {
  const columns = [
    query(AGE, 'Age', 'dtdurations'),
    ...(hasMaxAge ? [query(MAX_AGE, 'Max age', 'dtdurations')] : []),
    query(`${one('rotor_rotation_next_due_timestamp_seconds')} * 1000`, 'Next start', 'dateTimeAsIso'),
    query(`${one('rotor_rotation_last_success_timestamp_seconds')} * 1000`, 'Last success', 'dateTimeAsIso'),
    query(one('rotor_auth_gap_seconds'), 'Auth gap', 's'),
    query(one('rotor_targets_pending'), 'Pending'),
    query(one('rotor_approvals_pending'), 'To be approved'),
  ];
  return [
    { title: 'Every rotation', type: 'table', queries: columns, width: 24 },
    ...(hasMaxAge
      ? [
          series('Age against max age', [query(`(${AGE}) / ${MAX_AGE}`, '{{rotation}}')], {
            unit: 'percentunit',
            from: { red: 1 },
            about: 'At 100 % the token is older than its policy allows.',
          }),
        ]
      : [series('Age', [query(AGE, '{{rotation}}')], { unit: 'dtdurations' })]),
    ...longGaps.map(gap),
  ];
}

function gap({ seconds, only }: LongGap, index: number): Panel {
  const more = index === 0 ? '' : `, long from ${seconds} s on`;
  const expr = one('rotor_auth_gap_seconds', only);
  return series(`Auth gap of the newest run${more}`, [query(expr, '{{rotation}}')], {
    unit: 's',
    from: { red: seconds },
    about:
      'How long agents were refused: from when the old token was dead until every target had the new one.',
  });
}

function runs(): Panel[] {
  return [
    series('Runs that ended', [counted('rotor_runs_total', 'outcome', '{{outcome}}', PICKED)]),
    series('How long runs take, 95 %', [slowest('rotor_run_duration_seconds', 'outcome', '{{outcome}}')], {
      unit: 's',
    }),
    series('Targets without the newest token', [query(one('rotor_targets_pending'), '{{rotation}}')]),
    series('Deliveries', [
      counted('rotor_deliveries_total', 'target_type, outcome', '{{target_type}} {{outcome}}'),
    ]),
    series('How long steps take, 95 %', [slowest('rotor_step_duration_seconds', 'step', '{{step}}')], {
      unit: 's',
    }),
    series(
      'What waits, since',
      [
        query(
          `time() - max by (rotation, reason) (rotor_run_stalled_since_timestamp_seconds${PICKED})`,
          '{{rotation}}: {{reason}}',
        ),
        query(
          `time() - ${one('rotor_deliveries_paused_since_timestamp_seconds')}`,
          '{{rotation}}: deliveries paused',
        ),
      ],
      { unit: 'dtdurations' },
    ),
  ];
}

function upstreams(): Panel[] {
  const failing = '{code!~"[23].."}';
  return [
    series(
      'Requests that failed, by upstream',
      [counted('rotor_upstream_requests_total', 'system, code', '{{system}} {{code}}', failing)],
      { about: 'Each try by itself: by HTTP status, or by what kept an answer from coming.' },
    ),
    series(
      'How long upstreams take, 95 %',
      [slowest('rotor_upstream_request_duration_seconds', 'system', '{{system}}')],
      { unit: 's' },
    ),
  ];
}

function service({ hasNotifiers }: Watched): Panel[] {
  const waiting = 'time() - max by (notifier) (rotor_notification_waiting_since_timestamp_seconds)';
  const notifiers = [
    series('Oldest event that nobody was told', [query(waiting, '{{notifier}}')], { unit: 's' }),
    series('Events not told yet', [
      query('max by (notifier, state) (rotor_notification_queue)', '{{notifier}} {{state}}'),
    ]),
    series('Tries to tell', [
      counted('rotor_notifications_total', 'notifier, outcome', '{{notifier}} {{outcome}}'),
    ]),
  ];
  return [
    series('Runs that no process works on', [query('max(rotor_queue_depth)', 'runs')]),
    series(
      'The API, 95 %',
      [slowest('http_server_request_duration_seconds', 'http_route', '{{http_route}}')],
      {
        unit: 's',
      },
    ),
    ...(hasNotifiers ? notifiers : []),
    series(
      'Credentials end in',
      [
        query(
          'min by (credential) (rotor_credential_expiration_timestamp_seconds) - time()',
          '{{credential}}',
        ),
        query('min by (name) (rotor_api_token_expiration_timestamp_seconds) - time()', 'API token {{name}}'),
      ],
      { unit: 'dtdurations' },
    ),
    series('Config in force', [query('min(rotor_config_last_reload_successful)', '1: as in the file')]),
  ];
}
