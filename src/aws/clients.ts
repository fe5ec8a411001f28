import type { Agent } from 'node:https';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { PerAgent } from './per-agent.js';
import { AwsProblem } from './verdict.js';

export type AwsService = {
  /** For a person: `Amazon ECS`. */
  readonly name: string;
  /** As IAM and the endpoints name it: `ecs`. */
  readonly iam: string;
  /** The variable that names another endpoint of it. */
  readonly variable: string;
};

/** Where a service of AWS is spoken to; what is absent is up to the SDK's own chain (AWS_REGION, profile). */
export type Endpoint = {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
};

const CONNECT_MS = 3000;
const ANSWER_MS = 10_000;
/** A client keeps the credentials that it has found in a file or a variable: after this they are looked for anew. */
const KEPT_MS = 60_000;

/** For the chain of credentials, which is given the client's config: the SDK reads a profile once a process else. */
const FILES_ANEW = { ignoreCache: true } as const;

type Kept = { readonly opened: Promise<unknown>; readonly since: number };
const kept = new PerAgent<Kept>();

/** One for all that speak to one service at one place, since each has caches and credentials of its own. */
export async function keptFor<Opened>(
  agent: Agent,
  key: string,
  open: () => Promise<Opened>,
): Promise<Opened> {
  const known = kept.of(agent);
  const found = known.get(key);
  if (found && performance.now() - found.since < KEPT_MS) return (await found.opened) as Opened;
  const opened = open();
  known.set(key, { opened, since: performance.now() });
  // What could not be opened is tried anew by the next one.
  opened.catch(() => known.delete(key));
  return opened;
}

/** Its credentials were refused: there may be others by now. */
export function forgetFor(agent: Agent, key: string): void {
  kept.of(agent).delete(key);
}

const turns = new PerAgent<number>();

/** Milliseconds until the next request to this service may go out, where one follows another after `everyMs`. */
export function waitForTurn(agent: Agent, key: string, everyMs: number): number {
  const known = turns.of(agent);
  const now = performance.now();
  const turn = Math.max(now, known.get(key) ?? 0);
  known.set(key, turn + everyMs);
  return turn - now;
}

/** What every client is made with. Loads a part of the SDK: to be called when a request is to be sent. */
export async function clientSettings(
  service: AwsService,
  { region, endpoint }: Endpoint,
  agent: Agent,
): Promise<ClientSettings> {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  const requestHandler = new NodeHttpHandler({
    httpsAgent: agent,
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
  });
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    // AWS_ENDPOINT_URL and the profile may name an endpoint as well, which no config schema has seen.
    if (request.protocol === 'https:') return handle(request, options);
    throw plainHttp(service);
  };
  return {
    ...FILES_ANEW,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    requestHandler,
  };
}

export type ClientSettings = {
  readonly region?: string;
  readonly endpoint?: string;
  readonly ignoreCache: true;
  readonly requestHandler: NodeHttpHandler;
};

function plainHttp({ name, variable }: AwsService): AwsProblem {
  return new AwsProblem({
    is: 'refused',
    why: `the endpoint of ${name} is not https`,
    hint: `Check AWS_ENDPOINT_URL, ${variable} and endpoint_url in the AWS profile.`,
  });
}
