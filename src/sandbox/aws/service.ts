import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Authority } from '../certificates.js';
import { loopback, type Network } from '../https-front.js';
import type { LedgerEvent, ReplyFate } from '../ledger.js';
import { AwsFailure, NOT_SIGNED } from './failure.js';
import { FaultPlan, type AwsFault, type AwsFaults } from './faults.js';
import { jsonIn } from './input.js';
import { arnOf, Keyring, type AccessKey } from './keyring.js';
import { authenticate, type NotSigned, type Signed } from './sigv4.js';

export type AwsServiceOptions = AccessKey & {
  readonly authority: Authority;
  /** Default: TLS on loopback. */
  readonly network?: Network;
  readonly ledger?: { append(event: LedgerEvent): unknown };
  /** Where STS gives out keys as well. Default: the one key alone. */
  readonly keyring?: Keyring;
};

export type AwsService = {
  readonly url: string;
  readonly faults: AwsFaults;
  /** Also breaks the connections that are open. */
  close(): Promise<void>;
};

export type Answer = { readonly status: number; readonly body: unknown };

/** What a request asks for, once its signature is checked. */
export type Call = {
  /** As the API reference names it. */
  readonly operation: string;
  readonly run: () => Answer;
};

/** From whom a request is, by its signature. */
export type Caller = {
  readonly region: string;
  readonly account: string;
  /** As IAM names them. */
  readonly arn: string;
};

export type Protocol = {
  /** As its requests are signed for, and as IAM names it. */
  readonly service: string;
  readonly contentType: string;
  route(request: IncomingMessage, body: unknown, caller: Caller): Call;
};

/** https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html: one path, the operation in a header. */
export function json11(
  service: string,
  targetPrefix: string,
  operations: Readonly<Record<string, (body: unknown, caller: Caller) => unknown>>,
): Protocol {
  return {
    service,
    contentType: 'application/x-amz-json-1.1',
    route({ headers }, body, caller) {
      const [prefix, operation = ''] = String(headers['x-amz-target']).split('.');
      const handler = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (prefix !== targetPrefix || handler === undefined) {
        throw new AwsFailure('UnknownOperationException', `The sandbox does not know ${operation}.`);
      }
      return { operation, run: () => ({ status: 200, body: handler(body, caller) }) };
    },
  };
}

/** A service of AWS over TLS on a free port of 127.0.0.1. */
export async function startAwsService(protocol: Protocol, options: AwsServiceOptions): Promise<AwsService> {
  const faults: AwsFaults = new FaultPlan();
  const keyring = options.keyring ?? new Keyring(options);
  const network = options.network ?? loopback(options.authority);
  const front = await network({
    onRequest: async (request, response) => handle({ protocol, options, faults, keyring }, request, response),
    onDefect: (error) =>
      options.ledger?.append({ kind: 'sandbox.defect', operation: protocol.service, error }),
  });
  return { url: front.url, faults, close: async () => front.close() };
}

type World = {
  readonly protocol: Protocol;
  readonly options: AwsServiceOptions;
  readonly faults: AwsFaults;
  readonly keyring: Keyring;
};

function notSigned(why: NotSigned): AwsFailure {
  const status = why === 'unsigned' || why === 'mismatch' ? 403 : 400;
  return new AwsFailure(...NOT_SIGNED[why], status);
}

async function handle(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { protocol, faults } = world;
  const raw = await buffer(request).catch(() => undefined);
  // The client has gone away: nobody is left to be told.
  if (raw === undefined) return;
  try {
    const signed = authenticate(request, raw, protocol.service, world.keyring);
    if (typeof signed === 'string') throw notSigned(signed);
    const call = protocol.route(request, jsonIn(raw), callerOf(signed));
    const fault = faults.take(call.operation);
    serve(world, call, fault, response);
  } catch (error) {
    send(protocol, response, failed(error));
  }
}

function callerOf({ region, key }: Signed): Caller {
  const arn = arnOf(key);
  return { region, arn, account: arn.split(':')[4] ?? '' };
}

function serve(world: World, call: Call, fault: AwsFault | undefined, response: ServerResponse): void {
  const { protocol, options } = world;
  const { operation } = call;
  const { service } = protocol;
  if (fault) options.ledger?.append({ kind: 'fault', operation, effect: fault.effect });
  const told = (status: number, reply: ReplyFate, error?: string): unknown =>
    options.ledger?.append({
      kind: 'aws.request',
      service,
      operation,
      status,
      reply,
      ...(error && { error }),
    });
  if (fault?.effect === 'cut' || fault?.effect === 'silence') {
    told(0, 'cut');
    if (fault.effect === 'cut') response.destroy();
    return;
  }
  if (fault?.effect === 'meanwhile') fault.happens();
  const answer = fault?.effect === 'error' ? failed(fault.failure) : answered(call);
  told(answer.status, fault?.effect === 'lost' ? 'lost' : 'sent', answer.error);
  if (fault?.effect === 'lost') response.destroy();
  else if (fault?.effect === 'garbled') response.writeHead(200).end('<html>It works!</html>');
  else send(protocol, response, answer);
}

type Sent = Answer & { readonly error?: string };

function answered({ run }: Call): Sent {
  try {
    return run();
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): Sent {
  // A defect of the sandbox goes on to where it is logged.
  if (!(error instanceof AwsFailure)) throw error;
  const { type, message, status } = error;
  return { status, body: { __type: type, message }, error: type };
}

function send({ contentType }: Protocol, response: ServerResponse, { status, body, error }: Sent): void {
  const headers = { 'content-type': contentType, ...(error !== undefined && { 'x-amzn-errortype': error }) };
  response.writeHead(status, headers).end(body === undefined ? '' : JSON.stringify(body));
}
