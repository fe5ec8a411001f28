import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import type { Exchange } from './world/index.js';

/** Where a server of the recorded world is found in the one that is played to. */
export type Origins = ReadonlyMap<string, string>;

/**
 * A client that does nothing of its own: it sends recorded requests again, byte by byte, each over a fresh connection
 * and as soon as every answer is there that was there before it was first sent.
 */
export class BareClient {
  readonly #agent: https.Agent;

  constructor(
    caPem: string,
    private readonly origins: Origins,
  ) {
    this.#agent = new https.Agent({
      keepAlive: false,
      secureContext: tls.createSecureContext({ ca: [caPem] }),
    });
  }

  async play(recorded: readonly Exchange[]): Promise<void> {
    const sent = recorded
      .toSorted((a, b) => a.openedAt - b.openedAt)
      .map((exchange) => ({ exchange, answered: Promise.withResolvers<void>() }));
    await Promise.all(
      sent.map(async ({ exchange, answered }) => {
        const before = sent.filter((other) => other.exchange.endedAt <= exchange.openedAt);
        await Promise.all(before.map((other) => other.answered.promise));
        await this.#send(exchange);
        answered.resolve();
      }),
    );
  }

  /** Throws where the answer is another than the recorded one: then it would be another run. */
  async #send({ origin, method, path, headers, body, status }: Exchange): Promise<void> {
    const url = new URL(path, this.origins.get(origin));
    // The host as it was signed; the connection goes to the world that stands now.
    const moved = this.#moved(body);
    const sized = body === '' ? headers : { ...headers, 'content-length': Buffer.byteLength(moved) };
    const request = https.request(url, { agent: this.#agent, method, headers: sized });
    request.end(moved);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const answer = await text(response);
    if (response.statusCode === status) return;
    throw new Error(
      `again, ${method} ${path} is answered with ${response.statusCode}, not ${status}: ${answer}`,
    );
  }

  /** A policy of Fleet holds the address of its APM Server. */
  #moved(body: string): string {
    return [...this.origins].reduce((moved, [from, to]) => moved.replaceAll(from, to), body);
  }
}
