import type { IncomingMessage, ServerResponse } from 'node:http';
import { exchange, type ExchangeDeps } from '../exchange.js';
import type { Reply } from '../reply.js';
import type { Network } from '../https-front.js';
import { epochNow, type Ledger } from '../ledger.js';
import type { Judgement } from './authorization.js';
import { serveConfig, serveIntake, serveRoot, type Served, type ServerInfo } from './endpoints.js';
import type { ApmInstance } from './instance.js';
import { apmOperationOf, type ApmOperation } from './operations.js';
import { apmErrorReply } from './replies.js';
import { createSeats, type Seats } from './seats.js';

export type ApmServerOptions = {
  readonly network: Network;
  readonly ledger: Ledger;
  readonly deployment: { readonly id: string; readonly name: string };
  readonly instances: readonly ApmInstance[];
  readonly info: ServerInfo;
  readonly exchange: ExchangeDeps;
};

/** The APM Server of one deployment: several instances behind one URL. */
export type ApmServer = {
  readonly url: string;
  readonly port: number;
  connections(): number;
  /** An instance has reloaded: its old listener stops, what it was doing finishes. */
  drain(instance: ApmInstance): void;
  refuse(): void;
  close(): Promise<void>;
};

export async function startApmServer(options: ApmServerOptions): Promise<ApmServer> {
  const seats = createSeats(options.instances, options.exchange.random);
  const front = await options.network({
    onConnection: (socket) => seats.assign(socket),
    onRequest: async (request, response) => answer(request, response, options, seats),
    onDefect: (error) => options.ledger.append({ kind: 'sandbox.defect', operation: 'apm', error }),
  });
  return { ...front, drain: (instance) => seats.drain(instance) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ApmServerOptions,
  seats: Seats,
): Promise<void> {
  const startedAt = epochNow();
  const { socket } = request;
  const seat = seats.take(socket);
  // Judged here, at the request's start, and never again: a reload in the middle of it changes nothing.
  const judgement = seat.instance.judge(request.headers.authorization);
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const operation = apmOperationOf(url.pathname);
  response.on('close', () => seats.leave(socket));

  const act = async (): Promise<Reply> => {
    const serve: Serve = operation === undefined ? serveUnknown : ENDPOINTS[operation];
    const served = await serve(request, judgement, url, options.info);
    options.ledger.append({
      kind: 'apm.request',
      deployment: options.deployment.name,
      instance: seat.instance.name,
      method: request.method ?? '',
      path: url.pathname,
      status: served.reply.status,
      startedAt,
      outcome: judgement.outcome,
      ...(judgement.fingerprint === undefined ? {} : { fingerprint: judgement.fingerprint }),
      ...seen(served),
    });
    return seats.isStale(seat) ? closing(served.reply) : served.reply;
  };
  const spec = {
    subject: { operation: operation ?? 'apm.unknown', deployment: options.deployment },
    headers: {},
    act,
    errorReply: (status: number) => apmErrorReply(request, status),
    onFate: () => undefined,
  };
  await exchange(request, response, spec, options.exchange);
}

type Serve = (
  request: IncomingMessage,
  judgement: Judgement,
  url: URL,
  info: ServerInfo,
) => Served | Promise<Served>;

const ENDPOINTS = {
  'apm.root': (request, judgement, _url, info) => serveRoot(request, judgement, info),
  'apm.intake': serveIntake,
  'apm.config': serveConfig,
} satisfies Record<ApmOperation, Serve>;

const serveUnknown: Serve = (request) => ({ reply: apmErrorReply(request, 404) });

function seen({
  events,
  body,
}: Served): Partial<Record<'service' | 'agentName' | 'node', string>> & Pick<Served, 'events'> {
  return {
    ...(events === undefined ? {} : { events }),
    ...(body?.service === undefined ? {} : { service: body.service }),
    ...(body?.agentName === undefined ? {} : { agentName: body.agentName }),
    ...(body?.node === undefined ? {} : { node: body.node }),
  };
}

function closing(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, connection: 'close' } };
}
