import { findingsOf, unreadOf } from '../config/findings.js';
import { sentenceOf, systemCode, type Code, type RotorError } from '../rotation/errors.js';
import { quoted } from './quoted.js';
import { isRunId } from './run-id.js';

/** What a command was about, as far as its words tell. */
export type About = {
  /** All of them, as a shell would take them again. */
  readonly typed: string;
  readonly command?: string | undefined;
  /** Of a command that has commands of its own: `create` of `rotor token create`. */
  readonly subcommand?: string | undefined;
  /** The config file, where it was given. */
  readonly config?: string | undefined;
  readonly rotation?: string | undefined;
  readonly run?: string | undefined;
  readonly approval?: string | undefined;
};
type Next = string | ((about: About, error?: RotorError) => string);

const again: Next = ({ typed }) => `rotor ${typed}, once that is mended`;
const ofSameConfig =
  (command: string): Next =>
  ({ config }) =>
    config === undefined ? `rotor ${command}` : `rotor ${command} --config ${config}`;
/** Of one rotation, where it is about one: to look at all of them takes its time. */
const doctor: Next = (about) =>
  told(ofSameConfig(about.rotation === undefined ? 'doctor' : `doctor ${about.rotation}`), about);
const init = ofSameConfig('init');
const validate = ofSameConfig('validate');
/** `rotor validate` sees what is wrong in the config file, and not what is wrong around it. */
const correct: Next = (about, error) => {
  const unread = unreadOf(error);
  if (unread !== undefined) return told(unread === 'missing' ? init : again, about);
  if (findingsOf(error).length > 0)
    return about.command === 'validate' ? 'rotor schema' : told(validate, about);
  if (about.command === 'context') return 'rotor context list';
  return told(about.command === 'serve' || about.command === 'validate' ? doctor : again, about);
};
const verify: Next = ({ rotation }) => (rotation === undefined ? 'rotor status' : `rotor verify ${rotation}`);
const dryRun: Next = ({ rotation }) =>
  rotation === undefined ? 'rotor status' : `rotor rotate ${rotation} --dry-run`;
const seeApproval: Next = ({ approval }, error) => {
  const id = error?.approvalId ?? approval;
  return id === undefined ? 'rotor get approvals' : `rotor describe approval ${id}`;
};
/** Who asks may not be who decides. */
const approveAs =
  (who: string): Next =>
  ({ approval }) =>
    approval === undefined ? 'rotor get approvals' : `rotor approve ${approval}, as ${who}`;
const rotate: Next = ({ rotation }) => (rotation === undefined ? 'rotor status' : `rotor rotate ${rotation}`);
const help: Next = ({ command, subcommand }) =>
  ['rotor', command, subcommand, '--help'].filter((word) => word !== undefined).join(' ');
/** What lists the kind of thing that was not there. */
const LISTS: Readonly<Record<string, string>> = {
  explain: 'rotor explain',
  'token revoke': 'rotor token list',
  approve: 'rotor get approvals',
  reject: 'rotor get approvals',
  'get approvals': 'rotor get approvals',
  'get deployments': 'rotor get deployments',
  'get runs': 'rotor get runs',
  'get targets': 'rotor get targets',
  'describe approval': 'rotor get approvals',
  'describe deployment': 'rotor get deployments',
  'describe run': 'rotor get runs',
  'notifications test': 'rotor explain notifiers',
  'notifications replay': 'rotor notifications',
};
const find: Next = ({ run, command = '', subcommand }, error) =>
  ((/ has no target /.test(error?.message ?? '') && run !== undefined && `rotor watch ${run}`) ||
    LISTS[subcommand === undefined ? command : `${command} ${subcommand}`]) ??
  (run === undefined ? 'rotor status' : 'rotor runs');
/** Which scope an operation needs is for the service to say, and its sentence does. */
const grant: Next = (_about, error) => {
  const [, scope = 'SCOPE'] = /needs the scope (\w+)/.exec(error?.message ?? '') ?? [];
  return `rotor token create NAME --grant ${scope}, as its owner`;
};
const CONTEXT = 'rotor context add NAME --address https://… --token-file FILE';
/** A token that is not there is written by the service at its first start; a wrong one is not mended by that. */
const identify: Next = (about, error) => {
  if (about.command === 'login') return `rotor ${about.typed}, with a token of that service`;
  return systemCode(error?.cause) === undefined ? CONTEXT : `rotor serve, or ${CONTEXT}`;
};
/** Where there is somebody, or a name that leads to nobody, starting a service mends nothing. */
const reach: Next = (_about, error) =>
  ['ECONNREFUSED', undefined].includes(systemCode(error?.cause))
    ? 'rotor serve, or rotor context list'
    : 'rotor context list';
const follow: Next = ({ command, run, rotation }) => {
  if (command === 'notifications') return 'rotor notifications';
  if (run !== undefined) return `rotor watch ${run}`;
  return rotation === undefined ? 'rotor runs --active' : `rotor status ${rotation}`;
};

/** With names in the place of a value, such as TARGET, it is no command that can be given. */
const PLACEHOLDER = /\b[A-Z]{2,}\b/;
/** Where the refusal itself says by which command the same is done, that one: of another run, it may be. */
const instead: Next = (about, error) => {
  const said = error === undefined ? '' : sentenceOf(error);
  const named = [...said.matchAll(/`(rotor [^`]+)`/g)].map(([, command = '']) => command);
  const [command] = named;
  return command === undefined || named.length > 1 || PLACEHOLDER.test(command)
    ? told(follow, about, error)
    : command;
};

/** The command that is most likely to help. */
const NEXT: Readonly<Record<Code, Next>> = {
  config_invalid: correct,
  request_invalid: help,
  method_not_allowed: 'rotor schema --api',
  body_too_large: help,
  media_type_unsupported: 'rotor schema --api',
  unauthenticated: identify,
  scope_missing: grant,
  rate_limited: 'rotor status, in a minute',
  not_found: find,
  not_possible: instead,
  rotation_in_progress: follow,
  idempotency_key_reused: 'rotor runs',
  paused: ({ rotation }) => (rotation === undefined ? 'rotor plan' : `rotor resume ${rotation}`),
  plan_stale: (about) => told(about.approval === undefined ? dryRun : seeApproval, about),
  approval_required: rotate,
  approval_pending: seeApproval,
  approval_not_needed: rotate,
  approval_ended: seeApproval,
  own_request: approveAs('somebody else'),
  not_an_approver: approveAs('one who may'),
  precondition_failed: seeApproval,
  too_many: 'rotor rotate --help',
  server_unreachable: reach,
  internal: doctor,

  upstream_unreachable: doctor,
  upstream_timeout: doctor,
  upstream_unauthenticated: doctor,
  upstream_forbidden: doctor,
  upstream_not_found: doctor,
  upstream_busy: 'rotor runs --active',
  upstream_rejected: doctor,
  upstream_elevation_required: doctor,
  upstream_rate_limited: 'rotor status, in a minute',
  upstream_error: doctor,
  upstream_not_json: doctor,
  upstream_malformed: doctor,
  insecure_endpoint: 'rotor context list',
  address_refused: validate,
  receiver_gone: 'rotor notifications --state dead',

  not_rotatable: doctor,
  resource_unavailable: doctor,
  resource_ambiguous: doctor,
  token_unreadable: verify,
  token_unusable: verify,
  token_not_taken: verify,
  mode_changed: doctor,
  token_refused: verify,
  authentication_open: verify,
  instances_disagree: verify,
  not_accepted: verify,

  store_denied: doctor,
  store_missing: doctor,
  store_refused: doctor,
  store_conflict: verify,
  store_unavailable: doctor,

  target_refused: doctor,
  target_failed: verify,

  journal_unavailable: (about) =>
    about.command === 'migrate' || about.command === 'restore'
      ? told(again, about)
      : 'rotor serve, once that is mended',
  lease_lost: 'rotor runs --active',
};

export function nextAfter(error: RotorError, about: About): string {
  const { code, runId } = error;
  return told(NEXT[code], { ...about, ...(runId !== undefined && { run: runId }) }, error);
}

/** They show the run that has failed, so that its rotation's status tells nothing new. */
const STARTS = new Set(['rotate', 'adopt', 'rehearse', 'redeliver']);

/** Of those whose findings are no rotation's, or none of a token. */
const AFTER_FINDINGS: Readonly<Record<string, Next>> = {
  doctor: again,
  migrate: ({ typed }) => `rotor ${typed.replaceAll(/ --(check|dry-run)\b/g, '')}`,
  plan: dryRun,
  validate: again,
};

/** Of a command that has done its part and has to tell of a failure. */
export function nextAfterExit(exit: number, about: About): string {
  const retry: Next = ({ run, ...rest }) => (run === undefined ? told(follow, rest) : `rotor retry ${run}`);
  const failed = about.command === undefined || !STARTS.has(about.command) ? retry : doctor;
  const hasOnlyLooked = about.command === 'doctor' || about.command === 'validate';
  const byExit: Readonly<Record<number, Next>> = {
    1: about.command === 'report' ? 'rotor audit verify' : hasOnlyLooked ? again : failed,
    2: help,
    3: AFTER_FINDINGS[about.command ?? ''] ?? verify,
    4: retry,
    6: about.command === 'get' || about.command === 'describe' ? doctor : follow,
  };
  return told(byExit[exit] ?? follow, about);
}

function told(next: Next, about: About, error?: RotorError): string {
  return typeof next === 'string' ? next : next(about, error);
}

const OF_RUNS = new Set(['watch', 'retry', 'ack', 'skip', 'cancel', 'resolve']);
const OF_ROTATIONS = new Set([
  'status',
  'rotate',
  'adopt',
  'rehearse',
  'redeliver',
  'verify',
  'plan',
  'runs',
]);
const OF_APPROVALS = new Set(['approve', 'reject']);
const OF_EITHER = new Set(['pause', 'resume']);

/**
 * Read from the words as they were typed, since a command that is wrong has not been understood.
 * `commands` are all of them, also those of others: `token`, `token create`.
 */
export function aboutOf(argv: readonly string[], commands: readonly string[]): About {
  const [, , typed, object] = argv;
  const command = typed !== undefined && commands.includes(typed) ? typed : undefined;
  const named = object?.startsWith('-') ? undefined : object;
  const subcommand = commands.includes(`${typed} ${object}`) ? object : undefined;
  const words = { typed: argv.slice(2).map(quoted).join(' '), command, subcommand, config: configIn(argv) };
  const of = command ?? '';
  if (OF_APPROVALS.has(of)) return { ...words, approval: named };
  if (OF_RUNS.has(of) || (OF_EITHER.has(of) && isRunId(named ?? ''))) return { ...words, run: named };
  return { ...words, ...((OF_ROTATIONS.has(of) || OF_EITHER.has(of)) && { rotation: named }) };
}

function configIn(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => /^(-c|--config(=|$))/.test(word));
  const [, attached] = /^(?:-c|--config=)(.+)$/.exec(argv[at] ?? '') ?? [];
  const file = attached ?? (at < 0 ? undefined : argv[at + 1]);
  return file === undefined ? undefined : quoted(file);
}
