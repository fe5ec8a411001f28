import { RotorError } from '../../rotation/errors.js';
import type { Fingerprint } from '../../rotation/secret.js';
import { runCommand, type CommandEnd, type CommandResult } from './command.js';
import { meaningOf } from './errno.js';
import { findProgram } from './program.js';
import { quote } from './quote.js';

/** One of the two commands that an operator may give a file target. */
export type Hook = {
  readonly kind: 'reload' | 'check';
  readonly argv: readonly string[];
  readonly timeoutMs: number;
};

export type HookContext = {
  /** Begins each message, e.g. `Target checkout`. */
  readonly where: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** To mask it, should the command print it. It is never handed to the command. */
  readonly token?: string;
  readonly expected?: Fingerprint;
};

const HINT_PROGRAM =
  'Install the program, or correct the command: an array of arguments, run without a shell.';

// What a command needs to find its way. The rest of Rotor's environment stays here: it may hold credentials.
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'DOCKER_HOST',
  'KUBECONFIG',
];

/** Returns what the command printed; `target_failed` unless it exits with 0 in time. */
export async function runHook(hook: Hook, context: HookContext): Promise<CommandResult> {
  const [name = '', ...args] = hook.argv;
  const lookup = await findProgram(name, context.environment['PATH']);
  if (!lookup.found) throw failed(hook, context, `could not start: ${lookup.why}`, HINT_PROGRAM);
  const result = await runCommand({
    program: lookup.program,
    args,
    environment: Object.fromEntries(PASSED_ON.map((key) => [key, context.environment[key]])),
    timeoutMs: hook.timeoutMs,
    signal: context.signal,
  });
  if (result.end.how === 'exited' && result.end.code === 0) return result;
  throw failed(hook, context, sentence(hook, result.end) + printed(result, context), hintFor(result.end));
}

/** Throws `target_refused` where the program could not be started. */
export async function preflightHook(hook: Hook, context: HookContext): Promise<void> {
  const [name = ''] = hook.argv;
  const lookup = await findProgram(name, context.environment['PATH']);
  if (lookup.found) return;
  const message = `${context.where}: its ${hook.kind} command cannot run: ${lookup.why}.`;
  throw new RotorError('target_refused', message, { hint: HINT_PROGRAM });
}

function sentence(hook: Hook, end: CommandEnd): string {
  if (end.how === 'exited') return `exited with ${end.code}`;
  if (end.how === 'killed') return `was killed by ${end.signal}`;
  if (end.how === 'timed_out') return `did not end within ${hook.timeoutMs} ms and was killed`;
  if (end.how === 'aborted') return 'was stopped, because the work was';
  return `could not start: ${meaningOf(end.errno)}`;
}

function hintFor(end: CommandEnd): string {
  if (end.how === 'not_started') return HINT_PROGRAM;
  return 'Run the command by hand as the user that Rotor runs as, and see what it says.';
}

function printed(result: CommandResult, context: HookContext): string {
  if (result.end.how === 'not_started') return '';
  const text = result.stderr.trim() === '' ? result.stdout : result.stderr;
  const quoted = quote(text, context.token, context.expected);
  return quoted === '' ? ', and printed nothing' : `, and printed last: ${quoted}`;
}

function failed(hook: Hook, { where }: HookContext, what: string, hint: string): RotorError {
  const message = `${where}: its ${hook.kind} command (${placeOf(hook)}) ${what}.`;
  return new RotorError('target_failed', message, { hint });
}

/** Where to mend it; its arguments may be many, and hold what a log should not. */
function placeOf({ kind, argv: [program = '', ...args] }: Hook): string {
  return `${kind}: ${program}${args.length > 0 ? ' …' : ''} in the config`;
}
