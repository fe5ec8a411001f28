import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerEvent } from '../ledger.js';
import { AwsFailure, NOT_SIGNED } from '../aws/failure.js';
import { jsonIn } from '../aws/input.js';
import { AwsError } from './aws-error.js';
import { cut, deliver, send } from './delivery.js';
import type { BeforeHandling, Fault, SecretFaults } from './faults.js';
import type { EventualReads } from './lag.js';
import { operations, type OperationName, type Output, type Scene } from './operations.js';
import { requestEntry, secretIdOf, type Answer, type Call } from './request-entry.js';
import type { Replication } from './replicas.js';
import type { Secrets } from './secrets.js';
import type { Keyring } from '../aws/keyring.js';
import { authenticate, type NotSigned, type Signed } from '../aws/sigv4.js';

export type World = {
  readonly secrets: Secrets;
  readonly reads: EventualReads;
  readonly faults: SecretFaults;
  beforeHandling: BeforeHandling | undefined;
  replication: Replication;
  readonly keyring: Keyring;
  readonly latencyMs: number;
  readonly log: (event: LedgerEvent) => void;
  /** Aborts when the server closes, so that no delay outlives it. */
  readonly closing: AbortSignal;
};

const READS: ReadonlySet<OperationName> = new Set([
  'DescribeSecret',
  'GetResourcePolicy',
  'GetSecretValue',
  'ListSecretVersionIds',
]);

/** JSON 1.1 over HTTPS: one path, the operation in a header, errors by name in `__type`. */
export async function handle(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = String(request.headers['x-amz-target']).replace('secretsmanager.', '');
  try {
    const raw = await buffer(request);
    const region = regionOf(authenticate(request, raw, 'secretsmanager', world.keyring));
    const call: Call = { operation: operationNamed(target), body: jsonIn(raw), region };
    await serve(world, call, response);
  } catch (error) {
    // The client has gone away, or the server is closing: nobody is left to be told.
    if (response.destroyed) return;
    if (!(error instanceof AwsFailure)) world.log({ kind: 'sandbox.defect', operation: target, error });
    send(response, errorAnswer(error));
  }
}

function regionOf(found: Signed | NotSigned): string {
  if (typeof found === 'object') return found.region;
  throw new AwsFailure(...NOT_SIGNED[found]);
}

async function serve(world: World, call: Call, response: ServerResponse): Promise<void> {
  const fault = world.faults.take(call.operation);
  if (fault) world.log({ kind: 'fault', operation: call.operation, effect: effectOf(fault) });
  await pause(world, fault?.effect === 'delay' ? fault.ms : world.latencyMs);
  await world.beforeHandling?.(call.operation, secretIdOf(call.body));
  if (fault?.effect === 'cut' || fault?.effect === 'silence') {
    world.log(requestEntry(call, { status: 0, body: '' }, 'cut'));
    if (fault.effect === 'cut') cut(response);
    return;
  }
  const answer = fault?.effect === 'error' ? errorAnswer(faultError(fault)) : execute(world, call);
  const isLost = fault?.effect === 'lost' || fault?.effect === 'truncated';
  world.log(requestEntry(call, answer, isLost ? 'lost' : 'sent'));
  await deliver(response, answer, fault, async (ms) => pause(world, ms));
}

async function pause(world: World, ms: number): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal: world.closing });
}

function execute(world: World, call: Call): Answer {
  try {
    const output = READS.has(call.operation) ? run(world, call) : write(world, call);
    return { status: 200, body: output === undefined ? '' : JSON.stringify(output) };
  } catch (error) {
    if (error instanceof AwsFailure) return errorAnswer(error);
    throw error;
  }
}

function write(world: World, call: Call): Output {
  const secretId = secretIdOf(call.body) ?? '';
  const secret = world.secrets.find(secretId);
  const written = world.reads.before(secret?.name ?? secretId, secret);
  const output = run(world, call);
  written();
  return output;
}

function run(world: World, { operation, body, region }: Call): Output {
  const shown: Scene['shown'] = (secretId) => {
    const secret = world.secrets.find(secretId);
    const seen = world.reads.read(secret?.name ?? secretId, secret);
    if (seen !== secret) world.log({ kind: 'fault', operation, effect: 'stale' });
    return seen;
  };
  const { secrets, replication } = world;
  return operations[operation]({ secrets, region, replication, shown }, body);
}

function operationNamed(name: string): OperationName {
  if (isOperation(name)) return name;
  throw new AwsError('UnknownOperationException', `The sandbox does not know the operation ${name}.`);
}

function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

function effectOf(fault: Fault): string {
  return fault.effect === 'error' ? fault.type : fault.effect;
}

function faultError(fault: Extract<Fault, { effect: 'error' }>): AwsError {
  return new AwsError(fault.type, fault.message ?? `The sandbox was told to answer ${fault.type}.`);
}

function errorAnswer(error: unknown): Answer {
  const known =
    error instanceof AwsFailure
      ? error
      : new AwsError('InternalServiceError', 'An error occurred on the server side.');
  const body = JSON.stringify({ __type: known.type, Message: known.message });
  return { status: known.status, body, error: known.type };
}
