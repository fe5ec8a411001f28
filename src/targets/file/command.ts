import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { errnoOf } from './errno.js';

export type CommandEnd =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'killed'; readonly signal: string }
  | { readonly how: 'timed_out' }
  | { readonly how: 'aborted' }
  | { readonly how: 'not_started'; readonly errno: string };

export type CommandResult = {
  readonly end: CommandEnd;
  readonly stdout: string;
  readonly stderr: string;
  /** More was printed than is kept: the beginning is missing. */
  readonly cut: boolean;
};

export type CommandOptions = {
  /** An absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

const KEPT_BYTES = 8 * 1024;
// A reload may leave a daemon behind that holds our pipes open for ever: after the exit only what is already
// in the pipes is awaited.
const DRAIN_MS = 200;

/**
 * Runs one command without a shell, in its own process group, which is killed whole at the time limit or when the
 * signal aborts. Never rejects: each way to end is a value.
 */
export async function runCommand(options: CommandOptions): Promise<CommandResult> {
  const child = start(options);
  if (typeof child === 'string') {
    return { end: { how: 'not_started', errno: child }, stdout: '', stderr: '', cut: false };
  }
  const stdout = keepTail(child.stdout);
  const stderr = keepTail(child.stderr);
  const end = await ending(child, options);
  await drained(child);
  return { end, stdout: stdout.text(), stderr: stderr.text(), cut: stdout.cut() || stderr.cut() };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** The errno where the system refuses at once; a later refusal comes as the child's `error` event. */
function start(options: CommandOptions): Child | string {
  try {
    return spawn(options.program, options.args, {
      shell: false,
      detached: true,
      cwd: '/',
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    return errnoOf(error);
  }
}

function ending(child: Child, options: CommandOptions): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const stop = (how: 'timed_out' | 'aborted'): void => {
      killGroup(child);
      finish({ how });
    };
    const onAbort = (): void => stop('aborted');
    const timer = setTimeout(() => stop('timed_out'), options.timeoutMs);
    const finish = (end: CommandEnd): void => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      resolve(end);
    };
    options.signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => finish({ how: 'not_started', errno: errnoOf(error) }));
    child.once('exit', (code, signal) =>
      finish(signal === null ? { how: 'exited', code: code ?? 0 } : { how: 'killed', signal }),
    );
    if (options.signal.aborted) onAbort();
  });
}

function killGroup(child: Child): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // EPERM: a command that changed its user, as sudo does, is not ours to end.
    if (!['ESRCH', 'EPERM'].includes(errnoOf(error))) throw error;
  }
}

async function drained(child: Child): Promise<void> {
  const streams = [child.stdout, child.stderr];
  const limit = AbortSignal.timeout(DRAIN_MS);
  await Promise.allSettled(
    streams.filter((stream) => !stream.closed).map((stream) => once(stream, 'close', { signal: limit })),
  );
  for (const stream of streams) stream.destroy();
}

function keepTail(stream: Readable): { text: () => string; cut: () => boolean } {
  let kept = Buffer.alloc(0);
  let cut = false;
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]);
    if (kept.length <= KEPT_BYTES) return;
    kept = kept.subarray(kept.length - KEPT_BYTES);
    cut = true;
  });
  stream.on('error', () => {
    // A pipe that breaks while the group is killed tells nothing that `end` does not.
  });
  return { text: () => wholeLines(kept.toString('utf8'), cut), cut: () => cut };
}

/** The first line of a cut text may begin within a token, where no mask would find it. */
function wholeLines(text: string, cut: boolean): string {
  return cut ? text.slice(text.indexOf('\n') + 1 || text.length) : text;
}
