import type https from 'node:https';

import got, { type Got, type Progress } from 'got';

import { RotorError } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import { Stop } from '../rotation/stop.js';
import { abortFault, bodyFault, connectionFault, redirectFault, tooLargeFault } from './faults.js';
import type { Gate } from './gate.js';
import { parseBody, type HttpReply, type Site } from './reply.js';

export type HttpTimeouts = {
  /** Each of name look-up, TCP connect and TLS handshake, in milliseconds. */
  readonly connectMs: number;
  /** The whole request to the last byte of its answer, in milliseconds. */
  readonly requestMs: number;
};

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Appended to the base URL; begins with a slash; its variable parts are already percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly json?: unknown;
  /** Changes nothing, whatever its method. Default: GET alone. */
  readonly isRead?: boolean;
  /** Besides the client's own. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Instead of the client's `requestMs`. */
  readonly timeoutMs?: number;
};

export type HttpClientOptions = {
  /** https only, e.g. https://api.elastic-cloud.com/api/v1 */
  readonly baseUrl: string;
  readonly agent: https.Agent;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: { readonly scheme: 'ApiKey' | 'Basic' | 'Bearer'; readonly credential: Secret };
  readonly timeouts?: Partial<HttpTimeouts>;
  /** Of this host; without one nothing is ever held back. */
  readonly gate?: Gate;
};

/**
 * Sends one request over a connection of its own and never repeats it. Resolves with any JSON (or empty) answer but a
 * redirect, whatever its status; throws `RotorError` for everything else (see faults.ts).
 */
export interface HttpClient {
  /** Host and port, for messages. */
  readonly host: string;
  request(request: HttpRequest): Promise<HttpReply>;
  /** Whom a message about this request should name. */
  site(request: Pick<HttpRequest, 'method' | 'path'>): Site;
}

const DEFAULT_TIMEOUTS: HttpTimeouts = { connectMs: 5_000, requestMs: 30_000 };
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

/** Throws `insecure_endpoint` for an address that is not https, `config_invalid` for one that is no base URL. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const base = parseBase(options.baseUrl);
  const send = createGot(options);
  const basePath = base.pathname.replace(/\/+$/, '');
  const site = ({ method, path }: Pick<HttpRequest, 'method' | 'path'>): Site => ({
    host: base.host,
    operation: `${method} ${basePath}${path}`,
  });
  return {
    host: base.host,
    site,
    request: async (request) => {
      const url = new URL(`${base.origin}${basePath}${request.path}`);
      for (const [name, value] of Object.entries(request.query ?? {}))
        url.searchParams.set(name, String(value));
      const once = async (): Promise<HttpReply> => exchange(send, url, request, site(request));
      if (!options.gate) return once();
      const kind = (request.isRead ?? request.method === 'GET') ? 'read' : 'write';
      return options.gate.pass(kind, site(request), once, request.signal);
    },
  };
}

function parseBase(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new RotorError('config_invalid', 'The base URL cannot be parsed.');
  if (url.protocol !== 'https:') {
    throw new RotorError(
      'insecure_endpoint',
      `${url.host}: the address begins with ${url.protocol}//, not https://.`,
      {
        hint: 'Rotor sends no credential without TLS; use the https address.',
      },
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new RotorError('config_invalid', `${url.host}: the base URL must hold no user, query or fragment.`);
  }
  return url;
}

function createGot(options: HttpClientOptions): Got {
  const { connectMs, requestMs } = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  return got.extend({
    agent: { https: options.agent },
    headers: { accept: 'application/json', ...options.headers, ...authorizationOf(options) },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: true,
    strictContentLength: true,
    timeout: { lookup: connectMs, connect: connectMs, secureConnect: connectMs, request: requestMs },
  });
}

function authorizationOf({ authorization }: HttpClientOptions): Record<string, string> {
  if (authorization === undefined) return {};
  const credential = authorization.credential.reveal();
  if (!/^[\x21-\x7e]+$/.test(credential)) {
    throw new RotorError(
      'config_invalid',
      'The credential is empty or holds a character that no header may carry.',
      {
        hint: 'Look for a line break or a blank at its end.',
      },
    );
  }
  return { authorization: `${authorization.scheme} ${credential}` };
}

async function exchange(send: Got, url: URL, request: HttpRequest, site: Site): Promise<HttpReply> {
  if (request.signal.aborted) throw abortFault(site, false);
  using stop = new Stop([request.signal]);
  let isTooLarge = false;
  try {
    const pending = send(url, {
      method: request.method,
      signal: stop.signal,
      ...(request.json !== undefined && { json: request.json }),
      ...(request.headers && { headers: request.headers }),
      ...(request.timeoutMs !== undefined && { timeout: { request: request.timeoutMs } }),
    });
    void pending.on('downloadProgress', ({ transferred }: Progress) => {
      if (transferred <= MAX_ANSWER_BYTES) return;
      isTooLarge = true;
      stop.abort();
    });
    const { statusCode: status, headers, body } = await pending;
    return readReply({ status, headers, body }, site);
  } catch (error) {
    if (request.signal.aborted) throw abortFault(site, true);
    if (isTooLarge) throw tooLargeFault(site, MAX_ANSWER_BYTES);
    throw connectionFault(error, site);
  }
}

function readReply(answer: Omit<HttpReply, 'json'> & { body: string }, site: Site): HttpReply {
  const { status, headers, body } = answer;
  if (status >= 300 && status < 400) throw redirectFault(site, status, headers.location);
  const parsed = parseBody(headers['content-type'], body);
  if (parsed.kind === 'json') return { status, headers, json: parsed.json };
  if (parsed.kind === 'empty') return { status, headers, json: undefined };
  throw bodyFault(site, { status, headers }, parsed);
}
