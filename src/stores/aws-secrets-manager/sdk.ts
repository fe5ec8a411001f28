import type { Agent } from 'node:https';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { RotorError } from '../../rotation/errors.js';
import type { AwsSecretsManagerConfig } from './config.js';
import { regionOf } from './identity.js';

type Sdk = typeof import('@aws-sdk/client-secrets-manager');

export type Opened = { readonly sdk: Sdk; readonly client: SecretsManagerClient };

const CONNECT_MS = 3000;
const ANSWER_MS = 10_000;
/** A client keeps the credentials that it has found in a file or a variable: after this they are looked for anew. */
const KEPT_MS = 60_000;

/** For the chain of credentials, which is given the client's config: the SDK reads a profile once a process else. */
const FILES_ANEW = { ignoreCache: true };

type Kept = { readonly opened: Promise<Opened>; readonly since: number };
const kept = new WeakMap<Agent, Map<string, Kept>>();

/** One for all secrets of a place, since each has caches and credentials of its own, and there may be a thousand. */
export async function clientFor(config: AwsSecretsManagerConfig, agent: Agent): Promise<Opened> {
  const place = placeOf(config);
  const known = kept.get(agent) ?? new Map<string, Kept>();
  kept.set(agent, known);
  const found = known.get(place);
  if (found && performance.now() - found.since < KEPT_MS) return found.opened;
  const opened = openClient(config, agent);
  known.set(place, { opened, since: performance.now() });
  // What could not be opened is tried anew by the next one.
  opened.catch(() => known.delete(place));
  return opened;
}

/** Its credentials were refused: there may be others by now. */
export function forgetClient(config: AwsSecretsManagerConfig, agent: Agent): void {
  kept.get(agent)?.delete(placeOf(config));
}

function placeOf(config: AwsSecretsManagerConfig): string {
  return JSON.stringify([regionOf(config), config.endpoint]);
}

/** Loads the SDK now and not with the module: it takes longer than the whole of a command line's start. */
async function openClient(config: AwsSecretsManagerConfig, agent: Agent): Promise<Opened> {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  const region = regionOf(config);
  const client = new sdk.SecretsManagerClient({
    ...FILES_ANEW,
    ...(region !== undefined && { region }),
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    // Tries of one request. The writes may be sent again as well: a version is made once for one ClientRequestToken,
    // and a label moved by a request whose answer was lost is found where it should be.
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler({
      httpsAgent: agent,
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
    }),
  });
  refusePlainHttp(client);
  return { sdk, client };
}

/** AWS_ENDPOINT_URL and the profile may name an endpoint as well, which no config schema has seen. */
function refusePlainHttp(client: SecretsManagerClient): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      if (protocolOf(args.request) === 'https:') return next(args);
      throw new RotorError('store_refused', 'The endpoint of AWS Secrets Manager is not https.', {
        hint: 'Check AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SECRETS_MANAGER and endpoint_url in the AWS profile.',
      });
    },
    { step: 'finalizeRequest', name: 'refusePlainHttp' },
  );
}

function protocolOf(request: unknown): unknown {
  return typeof request === 'object' && request !== null && 'protocol' in request
    ? request.protocol
    : undefined;
}
