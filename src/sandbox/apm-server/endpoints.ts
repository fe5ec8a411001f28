import type { IncomingMessage } from 'node:http';
import type { Reply } from '../reply.js';
import type { EventCount } from '../ledger.js';
import type { Judgement } from './authorization.js';
import { DRAIN_LIMIT_BYTES, isTooLargeToDrain, readIntake, type IntakeBody } from './intake.js';
import { apmReply } from './replies.js';

export type ServerInfo = {
  readonly build_date: string;
  readonly build_sha: string;
  readonly publish_ready: boolean;
  readonly version: string;
};

/** An answer, and what of it belongs in the ledger. */
export type Served = { readonly reply: Reply; readonly events?: EventCount; readonly body?: IntakeBody };

const NOTHING: IntakeBody = { events: 0, byType: {}, errors: [], aborted: false };

/** elastic/apm-server internal/beater/api/root/handler.go: status 200 for anyone, a body only for who may pass. */
export function serveRoot(request: IncomingMessage, judgement: Judgement, info: ServerInfo): Served {
  return { reply: judgement.passes ? apmReply(request, 200, info) : apmReply(request, 200) };
}

/** elastic/apm-server internal/beater/api/intake/handler.go */
export async function serveIntake(request: IncomingMessage, judgement: Judgement, url: URL): Promise<Served> {
  if (!judgement.passes) return refuseIntake(request, judgement);
  const error = requestError(request);
  if (error !== undefined) return { reply: streamReply(request, url, { ...NOTHING, errors: [error] }) };
  const body = await readIntake(request, Infinity);
  const events = { accepted: body.events, dropped: body.errors.length, byType: body.byType };
  return { reply: streamReply(request, url, body), events, body };
}

/** elastic/apm-server internal/beater/api/config/agent/handler.go, for a server with no central configuration set. */
export function serveConfig(request: IncomingMessage, judgement: Judgement, url: URL): Served {
  if (!judgement.passes) return { reply: apmReply(request, 401, { error: judgement.message }) };
  if (request.method === 'GET' && !url.searchParams.get('service.name')) {
    return { reply: apmReply(request, 400, { error: 'service.name is required' }) };
  }
  // EtagSentinel of internal/agentcfg: there is no configuration for this service.
  const headers = { etag: '"-"', 'cache-control': 'max-age=30, must-revalidate' };
  const isUnchanged = request.headers['if-none-match'] === headers.etag;
  return {
    reply: isUnchanged ? apmReply(request, 304, undefined, headers) : apmReply(request, 200, {}, headers),
  };
}

async function refuseIntake(request: IncomingMessage, judgement: Judgement): Promise<Served> {
  const closing = { connection: 'close' };
  if (isTooLargeToDrain(request)) {
    return { reply: apmReply(request, 401, { error: judgement.message }, closing) };
  }
  const body = await readIntake(request, DRAIN_LIMIT_BYTES);
  const headers: Record<string, string> = request.complete ? {} : closing;
  const events = { accepted: 0, dropped: body.events, byType: body.byType };
  return { reply: apmReply(request, 401, { error: judgement.message }, headers), events, body };
}

function requestError(request: IncomingMessage): { message: string; document: string } | undefined {
  if (request.method !== 'POST') return { message: 'only POST requests are supported', document: '' };
  const type = request.headers['content-type'] ?? '';
  if (type === '' || type.includes('application/x-ndjson')) return undefined;
  return { message: `invalid content type: '${type}'`, document: '' };
}

function streamReply(request: IncomingMessage, url: URL, body: IntakeBody): Reply {
  const errors = body.errors.map(({ message, document }) =>
    document === '' ? { message } : { message, document },
  );
  const result = { accepted: body.events, ...(errors.length > 0 ? { errors } : {}) };
  if (body.aborted) return apmReply(request, 503, result, { connection: 'close' });
  if (errors.length > 0) return apmReply(request, 400, result, { connection: 'close' });
  return url.searchParams.has('verbose') ? apmReply(request, 202, result) : apmReply(request, 202);
}
