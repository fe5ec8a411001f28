import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { credentialExpiry } from '../issuers/elastic-cloud/plan-view.js';
import { systemCode } from '../rotation/errors.js';
import type { Credentials } from './credentials.js';
import type { Meters } from './meters.js';

type System = 'elastic-cloud' | 'kibana' | 'apm-server' | 'aws-secrets-manager' | 'other';
type Said = { readonly request: ClientRequest };
type Answered = Said & { readonly response: IncomingMessage };
type Failed = Said & { readonly error: Error };

/**
 * Counts every request of this process to an upstream where Node itself sends it, so that no client can be forgotten:
 * https://nodejs.org/docs/latest-v24.x/api/diagnostics_channel.html#http. Returns how to stop.
 */
export function countUpstreams(meters: Meters, credentials: Credentials): () => void {
  const began = new WeakMap<ClientRequest, number>();
  const ended = (request: ClientRequest, code: string): void => {
    const start = began.get(request);
    // Counted already: an answer that breaks off is an answer first.
    if (start === undefined) return;
    began.delete(request);
    const labels = { system: systemOf(request), code };
    meters.count('upstreamRequests', labels);
    meters.observe('upstreamDuration', labels, (performance.now() - start) / 1_000);
  };
  const listeners = {
    'http.client.request.start': (said: unknown) => {
      began.set((said as Said).request, performance.now());
    },
    'http.client.request.error': (said: unknown) => {
      const { request, error } = said as Failed;
      ended(request, reasonOf(error));
    },
    'http.client.response.finish': (said: unknown) => {
      const { request, response } = said as Answered;
      ended(request, String(response.statusCode));
      if (systemOf(request) === 'elastic-cloud') noteExpiry(meters, credentials, response);
    },
  };
  for (const [channel, listener] of Object.entries(listeners)) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of Object.entries(listeners)) unsubscribe(channel, listener);
  };
}

function noteExpiry(meters: Meters, credentials: Credentials, { headers }: IncomingMessage): void {
  const expires = credentialExpiry(headers['x-elastic-api-key-expiration']);
  if (!expires) return;
  credentials.learn('elastic-cloud-api-key', expires.getTime());
  const samples = credentials
    .known()
    .map(({ credential, expiresAt }) => ({ labels: { credential }, value: expiresAt / 1_000 }));
  meters.show('credentialExpiration', samples);
}

/** By what only this one is asked: the hosts of some are not known before they are found. */
function systemOf(request: ClientRequest): System {
  const path = request.path.split('?')[0] ?? '';
  if (String(request.getHeader('x-amz-target') ?? '').startsWith('secretsmanager.'))
    return 'aws-secrets-manager';
  // Credentials of AWS come from machines of its own, some without TLS; nothing else is asked so.
  if (request.protocol !== 'https:') return 'other';
  if (request.getHeader('kbn-xsrf') !== undefined) return 'kibana';
  if (path.includes('/api/v1/deployments')) return 'elastic-cloud';
  if (path.endsWith('/intake/v2/events')) return 'apm-server';
  return request.method === 'GET' && path.endsWith('/') ? 'apm-server' : 'other';
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ENOTFOUND: 'not_found',
  EAI_AGAIN: 'not_found',
  ETIMEDOUT: 'timeout',
  ABORT_ERR: 'aborted',
};

/** A few words, whatever the codes of the day are. */
function reasonOf(error: Error): string {
  if (/timeout/i.test(error.name)) return 'timeout';
  const code = systemCode(error) ?? '';
  const isTls = /CERT|ERR_TLS|ERR_SSL|SELF_SIGNED|ISSUER|SIGNATURE/.test(code);
  return REASONS[code] ?? (isTls ? 'tls' : 'other');
}
