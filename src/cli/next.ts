import type { Code, RotorError } from '../rotation/errors.js';

/** What a command was about, as far as its words tell. */
export type About = {
  readonly command?: string | undefined;
  readonly rotation?: string | undefined;
  readonly run?: string | undefined;
};
type Next = string | ((about: About) => string);

const verify: Next = ({ rotation }) => (rotation === undefined ? 'rotor status' : `rotor verify ${rotation}`);
const help: Next = ({ command }) => (command === undefined ? 'rotor --help' : `rotor ${command} --help`);
const find: Next = ({ run }) => (run === undefined ? 'rotor status' : 'rotor runs');
const follow: Next = ({ run, rotation }) => {
  if (run !== undefined) return `rotor watch ${run}`;
  return rotation === undefined ? 'rotor runs --active' : `rotor status ${rotation}`;
};

/** The command that is most likely to help. */
const NEXT: Readonly<Record<Code, Next>> = {
  config_invalid: ({ command }) => (command === 'validate' ? 'rotor schema' : 'rotor validate'),
  request_invalid: help,
  body_too_large: help,
  media_type_unsupported: 'rotor schema --api',
  unauthenticated: 'rotor context add NAME --address https://… --token-file FILE',
  scope_missing: 'rotor token create NAME --grant rotate, as its owner',
  rate_limited: 'rotor status, in a minute',
  not_found: find,
  not_possible: follow,
  rotation_in_progress: follow,
  idempotency_key_reused: 'rotor runs',
  paused: ({ rotation }) => (rotation === undefined ? 'rotor plan' : `rotor resume ${rotation}`),
  plan_stale: ({ rotation }) =>
    rotation === undefined ? 'rotor status' : `rotor rotate ${rotation} --dry-run`,
  too_many: 'rotor rotate --help',
  server_unreachable: 'rotor serve, or rotor context list',
  internal: 'rotor doctor',

  upstream_unreachable: 'rotor doctor',
  upstream_timeout: 'rotor doctor',
  upstream_unauthenticated: 'rotor doctor',
  upstream_forbidden: 'rotor doctor',
  upstream_not_found: 'rotor doctor',
  upstream_busy: 'rotor runs --active',
  upstream_rejected: 'rotor doctor',
  upstream_elevation_required: 'rotor doctor',
  upstream_rate_limited: 'rotor status, in a minute',
  upstream_error: 'rotor doctor',
  upstream_not_json: 'rotor doctor',
  upstream_malformed: 'rotor doctor',
  insecure_endpoint: 'rotor context list',
  address_refused: 'rotor validate',
  receiver_gone: 'rotor notifications --state dead',

  not_rotatable: 'rotor doctor',
  resource_unavailable: 'rotor doctor',
  resource_ambiguous: 'rotor doctor',
  token_unreadable: verify,
  token_unusable: verify,
  token_not_taken: verify,
  mode_changed: 'rotor doctor',
  token_refused: verify,
  authentication_open: verify,
  instances_disagree: verify,
  not_accepted: verify,

  store_denied: 'rotor doctor',
  store_missing: 'rotor doctor',
  store_refused: 'rotor doctor',
  store_conflict: verify,
  store_unavailable: 'rotor doctor',

  target_refused: 'rotor doctor',
  target_failed: verify,

  journal_unavailable: 'rotor serve, once that is mended',
  lease_lost: 'rotor runs --active',
};

export function nextAfter({ code, runId }: RotorError, about: About): string {
  return told(NEXT[code], { ...about, ...(runId !== undefined && { run: runId }) });
}

/** Of a command that has done its part and has to tell of a failure. */
export function nextAfterExit(exit: number, about: About): string {
  const again: Next = ({ command }) => `rotor ${command}, once that is mended`;
  const retry: Next = ({ run, ...rest }) => (run === undefined ? told(follow, rest) : `rotor retry ${run}`);
  const byExit: Readonly<Record<number, Next>> = {
    1: retry,
    2: help,
    3: about.command === 'doctor' ? again : verify,
    4: retry,
  };
  return told(byExit[exit] ?? follow, about);
}

function told(next: Next, about: About): string {
  return typeof next === 'string' ? next : next(about);
}

const OF_RUNS = new Set(['watch', 'retry', 'cancel', 'resolve']);
const OF_ROTATIONS = new Set(
  'status rotate adopt rehearse redeliver verify plan pause resume runs'.split(' '),
);

const OF_EITHER = new Set(['pause', 'resume']);

/** Read from the words as they were typed, since a command that is wrong has not been understood. */
export function aboutOf(argv: readonly string[], commands: readonly string[]): About {
  const [, , typed, object] = argv;
  const command = typed !== undefined && commands.includes(typed) ? typed : undefined;
  const named = object?.startsWith('-') ? undefined : object;
  // `pause` and `resume` take either.
  const isRun = OF_RUNS.has(command ?? '') || (OF_EITHER.has(command ?? '') && named?.startsWith('run_'));
  if (isRun) return { command, run: named };
  return { command, ...(OF_ROTATIONS.has(command ?? '') && { rotation: named }) };
}
