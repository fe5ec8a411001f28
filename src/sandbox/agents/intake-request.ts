import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest, type Agent } from 'node:https';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Secret } from '../../rotation/secret.js';

export type IntakeEndpoint = {
  readonly apmUrl: string;
  readonly agent: Agent;
  readonly gzip: boolean;
};

const AGENT = { name: 'sandbox', version: '1.0.0' };
const ANSWER_LIMIT_MS = 30_000;

/** One streamed request to the intake API, chunked NDJSON, with the token that it was opened with. */
export class IntakeRequest {
  events = 0;
  /** Whether the server took it all: false for any other answer than 2xx, and for none. */
  readonly outcome: Promise<boolean>;
  readonly #request: ClientRequest;
  readonly #body: Writable;

  constructor(endpoint: IntakeEndpoint, token: Secret, service: string) {
    this.#request = httpsRequest(new URL('/intake/v2/events', endpoint.apmUrl), {
      method: 'POST',
      agent: endpoint.agent,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        'content-type': 'application/x-ndjson',
        'user-agent': `apm-agent-${AGENT.name}/${AGENT.version} (${service})`,
        ...(endpoint.gzip && { 'content-encoding': 'gzip' }),
      },
    });
    this.#body = endpoint.gzip ? compressInto(this.#request) : this.#request;
    this.outcome = this.#answer();
    const node = { configured_name: service };
    this.#body.write(line({ metadata: { service: { name: service, agent: AGENT, node } } }));
  }

  write(event: string): void {
    this.events += 1;
    this.#body.write(`${event}\n`);
  }

  end(): void {
    this.#body.end();
    this.#request.setTimeout(ANSWER_LIMIT_MS, () => this.#request.destroy());
  }

  async #answer(): Promise<boolean> {
    try {
      const response = await firstResponse(this.#request);
      response.resume();
      await once(response, 'end');
      return response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;
    } catch {
      return false;
    } finally {
      // An answer may come before the request has ended; the rest of it is of no use to anyone then.
      if (!this.#request.writableFinished) this.#request.destroy();
    }
  }
}

function firstResponse(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays: a connection may break again while the rest is written, when the outcome is known already.
    request.on('error', reject);
  });
}

function compressInto(request: ClientRequest): Writable {
  const gzip = createGzip();
  gzip.pipe(request);
  return gzip;
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
