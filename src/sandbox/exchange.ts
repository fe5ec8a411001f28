import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerWith, outOfShape } from './faulty-replies.js';
import type { AnswerEffect, AppliedFaults, Faults, FaultSubject, Hook } from './faults.js';
import type { ReplyFate } from './ledger.js';
import type { Reply } from './reply.js';
import type { Random } from './random.js';
import { sendSlowly } from './slow-body.js';
import type { Timers } from './timers.js';

export type Exchange = {
  readonly subject: FaultSubject;
  /** Headers that every answer carries, an injected one too. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lets the world act. */
  act(): Promise<Reply>;
  /** An injected error, in the words of this server. */
  errorReply(status: number): Reply;
  /** Called once the fate of the answer is decided and before it goes out. */
  onFate(status: number, reply: ReplyFate): void;
};

export type ExchangeDeps = {
  readonly faults: Faults;
  readonly timers: Timers;
  readonly random: Random;
  readonly latencyMs: number;
};

/** One request and its answer, with the latency and the faults that apply to it. */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  spec: Exchange,
  deps: ExchangeDeps,
): Promise<void> {
  const faults = deps.faults.take(spec.subject);
  const halfLatencyMs = (deps.latencyMs * (0.75 + deps.random.next() / 2)) / 2;
  await pause(deps, halfLatencyMs);
  const { answer } = faults;
  if (answer?.kind === 'drop-before' || answer?.kind === 'silence') {
    spec.onFate(0, 'cut');
    if (answer.kind === 'drop-before') request.socket.destroy();
    return;
  }
  if (answer?.kind === 'act-late') await pause(deps, answer.ms);
  const reply = await decideReply(spec, faults);
  await pause(deps, halfLatencyMs + faults.delayMs);
  await runHooks(faults.beforeReply, spec.subject);
  await deliver(request, response, reply, spec, { answer, deps });
}

async function decideReply(spec: Exchange, faults: AppliedFaults): Promise<Reply> {
  await runHooks(faults.beforeActing, spec.subject);
  const { answer } = faults;
  if (answer === undefined) return spec.act();
  const injected = answerWith(answer, (status) => spec.errorReply(status));
  if (injected !== undefined && !injected.acted) return injected.reply;
  const reply = await spec.act();
  return injected?.reply ?? (answer.kind === 'wrong-schema' ? outOfShape(reply) : reply);
}

async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  spec: Exchange,
  { answer, deps }: { answer: AnswerEffect | undefined; deps: ExchangeDeps },
): Promise<void> {
  const isLost = answer?.kind === 'reply-lost' || answer?.kind === 'truncated';
  spec.onFate(reply.status, isLost ? 'lost' : 'sent');
  if (answer?.kind === 'reply-lost') {
    request.socket.destroy();
    return;
  }
  const body = Buffer.from(reply.body, 'utf8');
  const half = body.subarray(0, Math.ceil(body.length / 2));
  const promised = answer?.kind === 'malformed' ? half : body;
  response.writeHead(reply.status, { ...spec.headers, ...reply.headers, 'content-length': promised.length });
  if (answer?.kind === 'truncated') response.write(half, () => request.socket.destroy());
  else if (answer?.kind === 'slow-body')
    await sendSlowly(response, promised, answer.ms, async (ms) => pause(deps, ms));
  else response.end(promised);
}

async function runHooks(hooks: readonly Hook[], { operation, deployment }: FaultSubject): Promise<void> {
  const context = { operation, ...(deployment === undefined ? {} : { deployment: deployment.id }) };
  // One after the other: rules take effect in the order in which they were added.
  for (const run of hooks) await run(context);
}

async function pause({ timers }: ExchangeDeps, ms: number): Promise<void> {
  if (ms > 0) await timers.sleep(ms);
}
