import type { Agent } from 'node:https';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { RotorError } from '../../rotation/errors.js';

const CONNECT_MS = 3000;
const ANSWER_MS = 10_000;

type Basics = {
  readonly region?: string;
  readonly ignoreCache: true;
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandler;
};

type Named = {
  /** For a person: `AWS STS`. */
  readonly service: string;
  /** The variable that names another endpoint of it. */
  readonly variable: string;
};

/** What the clients of all services are opened with. */
export async function clientBasics(
  { service, variable }: Named,
  region: string | undefined,
  agent: Agent,
): Promise<Basics> {
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
    throw new RotorError('store_refused', `The endpoint of ${service} is not https.`, {
      hint: `Check AWS_ENDPOINT_URL, ${variable} and endpoint_url in the AWS profile.`,
    });
  };
  return {
    ...(region !== undefined && { region }),
    // For the chain of credentials, which is given the client's config: the SDK reads a profile once a process else.
    ignoreCache: true,
    // Tries of one request. The writes may be sent again as well: a version is made once for one ClientRequestToken,
    // and a label moved by a request whose answer was lost is found where it should be.
    maxAttempts: 3,
    requestHandler,
  };
}
