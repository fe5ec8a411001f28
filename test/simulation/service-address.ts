import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { asRotorError, RotorError } from '../../src/rotation/errors.js';
import type { HttpsFront, Network } from '../../src/sandbox/https-front.js';
import type { Callbacks } from '../../src/targets/webhook/callbacks.js';
import { Callback } from '../../src/triggers/api/requests.js';
import { CallbackTokens } from '../../src/triggers/callback-tokens.js';
import { CallbacksController } from '../../src/triggers/callbacks.controller.js';
import type { Life } from './life.js';

type Answering = { readonly life: Life; readonly callbacks: Callbacks };

/** Where receivers call back: the process that began last answers, as the one behind a load balancer that is well. */
export class ServiceAddress {
  #by: Answering | undefined;
  readonly #front: HttpsFront;

  private constructor(front: HttpsFront) {
    this.#front = front;
  }

  static async open(network: Network, onDefect: (error: unknown) => void): Promise<ServiceAddress> {
    const front = await network({
      onRequest: async (request, response) => address.#answer(request, response),
      onDefect,
    });
    const address: ServiceAddress = new ServiceAddress(front);
    return address;
  }

  get url(): string {
    return this.#front.url;
  }

  answeredBy(life: Life, callbacks: Callbacks): void {
    this.#by = { life, callbacks };
  }

  async close(): Promise<void> {
    await this.#front.close();
  }

  /** Nobody is there, or it dies on the way: the connection breaks. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const by = this.#by;
    const body = await text(request);
    if (!by || by.life.isDead) {
      response.destroy();
      return;
    }
    const { promise, resolve } = Promise.withResolvers<number>();
    by.life.within(() => void statusOf(by, request, body).then(resolve));
    const status = await promise;
    if (by.life.isDead) response.destroy();
    else response.writeHead(status).end();
  }
}

/** What the guard and the controller of the API make of it. */
async function statusOf(
  { life, callbacks }: Answering,
  request: IncomingMessage,
  body: string,
): Promise<number> {
  const tokens = new CallbackTokens(callbacks);
  try {
    await life.passage();
    const [, delivery = ''] = /^\/v1\/callbacks\/(\w+)$/.exec(request.url ?? '') ?? [];
    await tokens.assertKnown(delivery, request.headers.authorization);
    const said = Callback.safeParse(JSON.parse(body));
    if (!said.success) throw new RotorError('request_invalid', said.error.message);
    await new CallbacksController(tokens).confirm(delivery, said.data);
    await life.passage();
    return 200;
  } catch (error) {
    return asRotorError(error).httpStatus;
  }
}
