import type { Agent, RequestOptions } from 'node:https';
import https from 'node:https';
import type { Secret } from '../rotation/secret.js';
import { Stop } from '../rotation/stop.js';
import type { Acceptance } from '../rotation/world.js';
import type { Answers, Prober } from './probe.js';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 * 1024;

type Answer = keyof Acceptance;
type Tally = { -readonly [Key in keyof Answers]: Answers[Key] };
type Reply = { readonly status: number; readonly body: string };

/**
 * Asks an Elastic APM Server. `GET /` answers 200 in any case: with build information for a token that it accepts,
 * with an EMPTY body for one that it refuses (apm-server internal/beater/api/mux.go and mux_root_test.go), so the
 * body is what counts. Written on node:https, since each answer needs a connection of its own and its bare bytes.
 */
export class ApmServerProber implements Prober {
  constructor(private readonly agent: Agent) {}

  async probe(
    apmUrl: string,
    tokens: readonly Secret[],
    connections: number,
    signal: AbortSignal,
  ): Promise<readonly Answers[]> {
    const said: Tally[] = tokens.map(() => ({ accepted: 0, refused: 0, unclear: 0 }));
    for (let round = 0; round < connections; round += 1) {
      // Each round begins with another token: in lockstep with a balancer that takes turns, a token would meet one
      // and the same instance every time.
      const turn = tokens.map((_, index) => (index + round) % tokens.length);
      await Promise.all(
        turn.map(async (index) => {
          const [token, tally] = [tokens[index], said[index]];
          if (token && tally) count(tally, await this.#root(apmUrl, token, signal));
        }),
      );
    }
    return said;
  }

  async tryIntake(apmUrl: string, token: Secret, signal: AbortSignal): Promise<Acceptance> {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': '0' };
    const reply = await this.#ask(endpoint(apmUrl, 'intake/v2/events'), 'POST', token, headers, signal);
    const answer = reply === undefined ? 'unclear' : intakeAnswer(reply);
    return { accepted: 0, refused: 0, unclear: 0, [answer]: 1 };
  }

  async #root(apmUrl: string, token: Secret, signal: AbortSignal): Promise<Answer> {
    const reply = await this.#ask(endpoint(apmUrl, ''), 'GET', token, {}, signal);
    return reply === undefined ? 'unclear' : rootAnswer(reply);
  }

  /** `undefined` where there was no whole answer; an abort of the caller is thrown on. */
  async #ask(
    url: URL,
    method: string,
    token: Secret,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Reply | undefined> {
    signal.throwIfAborted();
    using stop = new Stop([signal], TIMEOUT_MS);
    const authorization = `Bearer ${token.reveal()}`;
    const options: RequestOptions = {
      agent: this.agent,
      method,
      headers: { ...headers, accept: 'application/json', authorization },
      signal: stop.signal,
    };
    try {
      return await send(url, options);
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

function count(tally: Tally, answer: Answer): void {
  tally[answer] += 1;
  if (answer === 'refused') tally.firstRefusedAt ??= Date.now();
}

function rootAnswer({ status, body }: Reply): Answer {
  if (status === 401) return 'refused';
  if (status !== 200) return 'unclear';
  if (body.trim() === '') return 'refused';
  return isBuildInfo(body) ? 'accepted' : 'unclear';
}

function intakeAnswer({ status }: Reply): Answer {
  if (status === 202) return 'accepted';
  return status === 401 ? 'refused' : 'unclear';
}

/** Any proxy may answer 200 with a page of its own. */
function isBuildInfo(body: string): boolean {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && ('build_sha' in parsed || 'version' in parsed);
  } catch {
    return false;
  }
}

function endpoint(apmUrl: string, path: string): URL {
  const url = new URL(path, apmUrl.endsWith('/') ? apmUrl : `${apmUrl}/`);
  if (url.protocol !== 'https:') throw new Error('a token is never sent without TLS');
  return url;
}

async function send(url: URL, options: RequestOptions): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = https.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > MAX_BYTES) request.destroy(new Error('the answer is too large'));
      });
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    request.once('error', reject);
    request.end();
  });
}
