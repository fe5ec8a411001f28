import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { exchange, type ExchangeDeps } from '../exchange.js';
import type { HttpsFront, Network } from '../https-front.js';
import type { Ledger } from '../ledger.js';
import type { Reply } from '../reply.js';
import { isKnown, suffices, type Credentials, type Privileges } from './credentials.js';
import type { Fleet } from './fleet.js';
import { handle } from './handlers.js';
import { matchFleetOperation } from './operations.js';
import { fleetError } from './replies.js';

export type KibanaOptions = {
  readonly network: Network;
  readonly ledger: Ledger;
  readonly exchange: ExchangeDeps;
  readonly deployment: { readonly id: string; readonly name: string };
  readonly fleet: Fleet;
  readonly credentials: Credentials;
  privileges(): Privileges;
};

/** The Kibana of one deployment, as far as Fleet. */
export async function startKibana(options: KibanaOptions): Promise<HttpsFront> {
  return options.network({
    onRequest: async (request, response) => answer(request, response, options),
    onDefect: (error) => options.ledger.append({ kind: 'sandbox.defect', operation: 'kibana', error }),
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: KibanaOptions,
): Promise<void> {
  const method = request.method ?? '';
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const matched = matchFleetOperation(method, url.pathname);
  const body = (await buffer(request)).toString('utf8');
  const { credentials, deployment, fleet, ledger } = options;
  const operation = matched?.operation.id ?? 'unknown';

  const act = async (): Promise<Reply> => {
    if (!isKnown(request.headers.authorization, credentials)) return fleetError(401, UNAUTHENTICATED);
    // elastic/kibana src/core/packages/http/server-internal: each request that is not safe has to carry it.
    if (method !== 'GET' && request.headers['kbn-xsrf'] === undefined) {
      return fleetError(400, 'Request must contain a kbn-xsrf header.');
    }
    if (matched === undefined) return fleetError(404, 'Not Found');
    if (!suffices(options.privileges(), matched.operation.need)) return forbidden(method, url);
    return handle({ ...matched, url, body, by: credentials.username, fleet });
  };
  const spec = {
    subject: { operation, deployment },
    headers: { 'kbn-name': 'instance-0000000000' },
    act,
    errorReply: (status: number) => fleetError(status, 'injected'),
    onFate: (status: number, reply: 'sent' | 'lost' | 'cut') =>
      void ledger.append({
        kind: 'kibana.request',
        deployment: deployment.name,
        method,
        operation,
        path: url.pathname,
        status,
        reply,
      }),
  };
  await exchange(request, response, spec, options.exchange);
}

/** In the words of Kibana's core authorisation. */
function forbidden(method: string, { pathname, search }: URL): Reply {
  const granting = 'this action is granted by the Kibana privileges [fleet-all]';
  return fleetError(403, `API [${method} ${pathname}${search}] is unauthorized for user, ${granting}`);
}

const UNAUTHENTICATED = '[security_exception]: unable to authenticate user for REST request';
