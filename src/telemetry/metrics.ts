/** Whether every replica shows the same, or each what it has done and seen itself since it started. */
type Source = 'shared' | 'process';

type Declared = {
  /** What others have a name for has theirs. */
  readonly name: `rotor_${string}` | 'http_server_request_duration_seconds';
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly source: Source;
  /** Of a histogram, in seconds. */
  readonly buckets?: readonly number[];
};

/** A probe takes milliseconds, a search of Elastic Cloud seconds, an answer is waited for half a minute. */
const REQUEST_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** As OpenTelemetry advises: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
const ANSWER_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** From a label that is moved at once to a plan that takes half an hour. */
const RUN_SECONDS = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600];

/**
 * Every metric of Rotor: its name, what it means, and its labels. Labels are bounded: rotations by the config,
 * everything else by lists in the code. A series exists while its value does: no zero stands for "not yet".
 */
export const METRICS = {
  buildInfo: {
    name: 'rotor_build_info',
    type: 'gauge',
    help: 'Always 1; which Rotor runs, of which commit (`unknown` where its build could not tell), on which Node.',
    labels: ['version', 'commit', 'node'],
    source: 'process',
  },
  tokenIssued: {
    name: 'rotor_token_issued_timestamp_seconds',
    type: 'gauge',
    help: 'When the token in force became current; where Rotor has not rotated it yet, when Rotor first knew the rotation: the token is older.',
    labels: ['rotation'],
    source: 'shared',
  },
  tokenMaxAge: {
    name: 'rotor_token_max_age_seconds',
    type: 'gauge',
    help: 'The maxAge of the config; absent where there is none.',
    labels: ['rotation'],
    source: 'shared',
  },
  nextDue: {
    name: 'rotor_rotation_next_due_timestamp_seconds',
    type: 'gauge',
    help: 'When the next run starts by schedule, or is asked for where it needs an approval; in the past, when it should have. Absent while a run is on its way or a person has to decide, and where none ever starts.',
    labels: ['rotation'],
    source: 'shared',
  },
  paused: {
    name: 'rotor_rotation_paused',
    type: 'gauge',
    help: '1 in a pause, else 0.',
    labels: ['rotation'],
    source: 'shared',
  },
  approvalsPending: {
    name: 'rotor_approvals_pending',
    type: 'gauge',
    help: 'Requests for a new token that wait for the approval of somebody else. Absent for a rotation that needs none.',
    labels: ['rotation'],
    source: 'shared',
  },
  lastSuccess: {
    name: 'rotor_rotation_last_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the newest run ended that succeeded.',
    labels: ['rotation'],
    source: 'shared',
  },
  lastOutcome: {
    name: 'rotor_rotation_last_outcome',
    type: 'gauge',
    help: 'Always 1; how the newest run that has ended did so. One series a rotation: select by `outcome` (succeeded, partial, failed, cancelled); `step` is the last that it came to.',
    labels: ['rotation', 'outcome', 'step'],
    source: 'shared',
  },
  stalledSince: {
    name: 'rotor_run_stalled_since_timestamp_seconds',
    type: 'gauge',
    help: 'Since when the run of a rotation waits for upstream or for a person; `reason` is the stable code of what holds it. Absent while none waits.',
    labels: ['rotation', 'reason'],
    source: 'shared',
  },
  deliveriesPausedSince: {
    name: 'rotor_deliveries_paused_since_timestamp_seconds',
    type: 'gauge',
    help: 'Since when no delivery of the newest token begins, until a person resumes. Absent while none is held back so.',
    labels: ['rotation'],
    source: 'shared',
  },
  targetsPending: {
    name: 'rotor_targets_pending',
    type: 'gauge',
    help: 'Targets that the newest token has not been seen at: still being delivered to, or failed. One that cannot be looked at is not among them.',
    labels: ['rotation'],
    source: 'shared',
  },
  authGap: {
    name: 'rotor_auth_gap_seconds',
    type: 'gauge',
    help: 'The auth gap of the newest run that made a token current; absent where it was not measured.',
    labels: ['rotation'],
    source: 'shared',
  },
  queueDepth: {
    name: 'rotor_queue_depth',
    type: 'gauge',
    help: 'Runs that have not ended and that no process works on.',
    labels: [],
    source: 'shared',
  },
  notifications: {
    name: 'rotor_notification_queue',
    type: 'gauge',
    help: 'Events on their way to a notifier (`waiting`), or given up after three days (`dead`); select by `state`. Absent while there are none.',
    labels: ['notifier', 'state'],
    source: 'shared',
  },
  notificationWaiting: {
    name: 'rotor_notification_waiting_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the oldest event happened that a notifier has not taken yet; absent while none waits.',
    labels: ['notifier'],
    source: 'shared',
  },
  apiTokenExpiration: {
    name: 'rotor_api_token_expiration_timestamp_seconds',
    type: 'gauge',
    help: 'When an API token ends; absent once it has ended or was revoked.',
    labels: ['token', 'name'],
    source: 'shared',
  },
  drift: {
    name: 'rotor_drift',
    type: 'gauge',
    help: 'Always 1; while issuer, APM Server, store and targets of a rotation no longer agree: select by `kind`, what was found.',
    labels: ['rotation', 'kind'],
    source: 'process',
  },
  runs: {
    name: 'rotor_runs_total',
    type: 'counter',
    help: 'Runs that ended.',
    labels: ['rotation', 'trigger', 'outcome'],
    source: 'process',
  },
  runDuration: {
    name: 'rotor_run_duration_seconds',
    type: 'histogram',
    help: 'From the start of a run to its end.',
    labels: ['trigger', 'outcome'],
    source: 'process',
    buckets: RUN_SECONDS,
  },
  stepDuration: {
    name: 'rotor_step_duration_seconds',
    type: 'histogram',
    help: 'Steps that began and ended in this process.',
    labels: ['step', 'outcome'],
    source: 'process',
    buckets: RUN_SECONDS,
  },
  deliveries: {
    name: 'rotor_deliveries_total',
    type: 'counter',
    help: 'Deliveries, counted when their run ends.',
    labels: ['target_type', 'outcome'],
    source: 'process',
  },
  upstreamRequests: {
    name: 'rotor_upstream_requests_total',
    type: 'counter',
    help: 'Requests to upstreams, each try by itself; `code` is the HTTP status, or what kept an answer from coming (refused, reset, not_found, timeout, aborted, tls, other).',
    labels: ['system', 'code'],
    source: 'process',
  },
  upstreamDuration: {
    name: 'rotor_upstream_request_duration_seconds',
    type: 'histogram',
    help: 'From the request until its answer begins, or until none comes any more.',
    labels: ['system', 'code'],
    source: 'process',
    buckets: REQUEST_SECONDS,
  },
  notificationTries: {
    name: 'rotor_notifications_total',
    type: 'counter',
    help: 'Tries to tell a notifier of an event: `sent`; `failed`, and another one follows; `dead`, and it was given up.',
    labels: ['notifier', 'outcome'],
    source: 'process',
  },
  httpDuration: {
    name: 'http_server_request_duration_seconds',
    type: 'histogram',
    help: 'Requests to the API, from their headers to the end of the answer; without streams of events and requests with `wait`.',
    labels: ['http_request_method', 'http_route', 'http_response_status_code'],
    source: 'process',
    buckets: ANSWER_SECONDS,
  },
  lastTick: {
    name: 'rotor_scheduler_last_tick_timestamp_seconds',
    type: 'gauge',
    help: 'When the schedule was last read and what was due was started.',
    labels: [],
    source: 'process',
  },
  configReloadSuccessful: {
    name: 'rotor_config_last_reload_successful',
    type: 'gauge',
    help: '1 where the newest try to read the config file has put it in force, else 0.',
    labels: [],
    source: 'process',
  },
  configReloadSuccess: {
    name: 'rotor_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the config in force was read.',
    labels: [],
    source: 'process',
  },
  credentialExpiration: {
    name: 'rotor_credential_expiration_timestamp_seconds',
    type: 'gauge',
    help: 'When a credential of Rotor expires, as the upstream that it is for last said.',
    labels: ['credential'],
    source: 'process',
  },
} as const satisfies Record<string, Declared>;

export type MetricKey = keyof typeof METRICS;
export type LabelsOf<Key extends MetricKey> = Readonly<
  Record<(typeof METRICS)[Key]['labels'][number], string>
>;

const SAID_OF: Record<Source, string> = {
  shared: 'Every replica shows the same.',
  process: 'Of this process.',
};

/** As Prometheus shows it: what it means, and of whom it is true. */
export function helpOf(key: MetricKey): string {
  const { help, source } = METRICS[key];
  return `${help} ${SAID_OF[source]}`;
}
