import { spawn } from 'node:child_process';
import type { Timers } from '../timers.js';
import { isOver, type StoredCommand, type StoredInvocation } from './model.js';

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CommandPlugin.html */
const MOST_OUTPUT = 2500;

export type Runner = {
  readonly timers: Timers;
  /** How long a second of AWS is here. */
  readonly secondMs: number;
  readonly closing: AbortSignal;
  /** How many scripts run on hosts now. */
  scripts: number;
};

/** Sends a command to its hosts, as many at one time as it says, until as many have failed as it allows. */
export function run(runner: Runner, command: StoredCommand): void {
  runner.timers.after(runner.secondMs, () => void goOn(runner, command));
}

async function goOn(runner: Runner, command: StoredCommand): Promise<void> {
  const { invocations } = command;
  if (Date.now() >= command.expiresAt) {
    for (const one of invocations) if (one.detail === 'Delayed') one.detail = 'Delivery Timed Out';
  }
  const failed = invocations.filter(({ detail }) => detail === 'Failed' || detail === 'Execution Timed Out');
  if (failed.length > command.mostErrors) {
    for (const one of invocations) if (!isOver(one)) one.detail = 'Terminated';
  }
  const waiting = invocations.filter(({ detail }) => detail === 'Pending' || detail === 'Delayed');
  const next = waiting.slice(0, command.atOnce);
  await Promise.all(next.map(async (one) => runOn(runner, command, one)));
  if (!runner.closing.aborted && invocations.some((one) => !isOver(one))) run(runner, command);
}

async function runOn(
  runner: Runner,
  { parameters }: StoredCommand,
  invocation: StoredInvocation,
): Promise<void> {
  if (!invocation.node.isOnline) {
    invocation.detail = 'Delayed';
    return;
  }
  invocation.detail = 'In Progress';
  const seconds = Number(parameters['executionTimeout']?.[0] ?? 3600);
  runner.scripts += 1;
  const ended = await shell(runner, invocation.node.folder, parameters['commands'] ?? [], seconds);
  runner.scripts -= 1;
  invocation.output = ended.output.slice(0, MOST_OUTPUT);
  invocation.responseCode = ended.code;
  invocation.detail = ended.isLate ? 'Execution Timed Out' : ended.code === 0 ? 'Success' : 'Failed';
}

type Ended = { readonly code: number; readonly output: string; readonly isLate: boolean };

/** The lines as one script, as the plugin aws:runShellScript has it. */
async function shell(
  { secondMs, closing }: Runner,
  folder: string,
  lines: readonly string[],
  seconds: number,
): Promise<Ended> {
  const timeout = AbortSignal.timeout(seconds * secondMs);
  const child = spawn('/bin/sh', ['-c', lines.join('\n')], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([timeout, closing]),
    killSignal: 'SIGKILL',
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', (chunk) => out.push(String(chunk)));
  child.stderr.on('data', (chunk) => err.push(String(chunk)));
  return new Promise((resolve) => {
    const end = (code: number): void => {
      const errors = err.length > 0 ? `\n----------ERROR-------\n${err.join('')}` : '';
      resolve({ code, output: `${out.join('')}${errors}`, isLate: timeout.aborted });
    };
    child.once('error', () => end(1));
    child.once('close', (code) => end(code ?? 1));
  });
}
