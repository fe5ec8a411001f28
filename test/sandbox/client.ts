import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { Sandbox } from '../../src/sandbox/sandbox.js';

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): unknown;
};

export type Call = {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
};

/** One plain request of node:https, with the sandbox's authority as the only one trusted. */
export async function send(caPem: string, url: string, call: Call = {}): Promise<Answer> {
  const options: RequestOptions = {
    ca: caPem,
    method: call.method ?? 'GET',
    headers: call.headers ?? {},
    agent: call.agent ?? false,
    ...(call.signal && { signal: call.signal }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, text, json: () => JSON.parse(text) as unknown });
      });
    });
    sent.on('error', reject);
    sent.end(call.body);
  });
}

/** A call of the Cloud API with its key; `path` comes after /api/v1. */
export async function cloud(sandbox: Sandbox, path: string, call: Call = {}): Promise<Answer> {
  const headers = { authorization: `ApiKey ${sandbox.cloud.apiKey}`, ...call.headers };
  return send(sandbox.caPem, `${sandbox.cloud.url}/api/v1${path}`, { ...call, headers });
}

export async function probe(sandbox: Sandbox, name: string, token: string): Promise<Answer> {
  return apm(sandbox, name, '/', { headers: { authorization: `Bearer ${token}` } });
}

export async function apm(sandbox: Sandbox, name: string, path: string, call: Call = {}): Promise<Answer> {
  const headers = { accept: 'application/json', ...call.headers };
  return send(sandbox.caPem, `${sandbox.deployment(name).apmUrl}${path}`, { ...call, headers });
}

/** A value at a path of keys and indices; undefined where there is none. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
    value,
  );
}

export const errorCode = (answer: Answer): unknown => at(answer.json(), 'errors', 0, 'code');
