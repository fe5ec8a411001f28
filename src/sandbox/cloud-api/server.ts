import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { SandboxDeployment } from '../deployment.js';
import { exchange, type ExchangeDeps } from '../exchange.js';
import type { Reply } from '../reply.js';
import type { HttpsFront, Network } from '../https-front.js';
import type { Ledger } from '../ledger.js';
import type { RateLimit } from '../options.js';
import { handle } from './handlers.js';
import { matchOperation } from './operations.js';
import { createRateWindow, type RateWindow } from './rate-limit.js';
import { injectedReply, unauthenticated, unknownRoute } from './replies.js';

export type CloudApiOptions = {
  readonly network: Network;
  readonly ledger: Ledger;
  readonly exchange: ExchangeDeps;
  readonly apiKey: string;
  readonly apiKeyExpires: Date;
  readonly pageSize: number;
  readonly rateLimit: RateLimit;
  deployments(): readonly SandboxDeployment[];
};

export type CloudApi = HttpsFront;

export async function startCloudApi(options: CloudApiOptions): Promise<CloudApi> {
  const window = createRateWindow(options.rateLimit);
  return options.network({
    onRequest: async (request, response) => answer(request, response, options, window),
    onDefect: (error) => options.ledger.append({ kind: 'sandbox.defect', operation: 'cloud', error }),
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: CloudApiOptions,
  window: RateWindow,
): Promise<void> {
  const method = request.method ?? '';
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const matched = matchOperation(method, url.pathname);
  const body = (await buffer(request)).toString('utf8');
  const hasQuota = window.spend();

  const act = async (): Promise<Reply> => {
    if (!hasQuota) return injectedReply(429);
    // Elastic Cloud Hosted takes nothing but an API key: elastic/cloud-sdk-go pkg/api/config.go
    if (request.headers.authorization !== `ApiKey ${options.apiKey}`) return unauthenticated();
    if (matched === undefined) return unknownRoute();
    return handle({ ...matched, url, body, deployments: options.deployments(), pageSize: options.pageSize });
  };
  const operation = matched?.operation.operationId ?? 'unknown';
  const deployment = options.deployments().find(({ id }) => id === matched?.deploymentId);
  const spec = {
    subject: { operation, ...(deployment === undefined ? {} : { deployment }) },
    headers: { ...window.headers(), 'x-elastic-api-key-expiration': options.apiKeyExpires.toISOString() },
    act,
    errorReply: injectedReply,
    onFate: (status: number, reply: 'sent' | 'lost' | 'cut') =>
      void options.ledger.append({
        kind: 'cloud.request',
        method,
        operationId: operation,
        path: url.pathname,
        status,
        reply,
      }),
  };
  await exchange(request, response, spec, options.exchange);
}
