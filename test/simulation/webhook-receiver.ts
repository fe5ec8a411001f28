import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { TokenDelivery } from '../../src/events/delivery-schema.js';
import { WebhookClient } from '../../src/http/webhook.js';
import { systemClock } from '../../src/rotation/clock.js';
import { fingerprintOf, Secret, type Fingerprint } from '../../src/rotation/secret.js';
import { Stop } from '../../src/rotation/stop.js';
import { createTarget } from '../../src/targets/index.js';
import type { WebhookTargetConfig } from '../../src/targets/webhook/config.js';
import {
  INSTANCES,
  NAME,
  READY,
  STEP_MS,
  type Downstream,
  type DownstreamOptions,
} from './downstream-port.js';

const PATH = '/hooks/apm-token';
const ACK_MS = 5 * 60_000;
const ANSWERS_WITHIN_MS = 10_000;
const AGAIN_MS = 20_000;

/** Somebody else's system, which brings the tokens of a webhook to its instances, as docs/webhooks.md asks of it. */
export async function startReceiver(
  options: DownstreamOptions,
  payload: WebhookTargetConfig['payload'],
): Promise<Downstream> {
  const { ledger, network, region, secretId, serviceUrl } = options;
  const secret = new Secret(`whsec_${randomBytes(32).toString('base64')}`);
  const receiver = new Receiver(options, new Webhook(secret.reveal()));
  const front = await network({
    onRequest: async (request, response) => receiver.receive(request, response),
    onDefect: (error) => ledger.append({ kind: 'sandbox.defect', operation: 'webhook receiver', error }),
  });
  const config: WebhookTargetConfig = {
    type: 'webhook',
    name: NAME,
    receiver: {
      url: front.url + PATH,
      secrets: [],
      allowPrivate: ['127.0.0.1'],
      allowHttp: [],
      timeoutMs: ANSWERS_WITHIN_MS,
    },
    payload,
    ack: { url: serviceUrl, timeoutMs: ACK_MS },
    ...READY,
  };
  return {
    target: ({ agent, callbacks, run }) =>
      createTarget(config, {
        rotation: 'checkout',
        run,
        secret: { store: 'aws-secrets-manager', id: secretId, region, key: null },
        callbacks,
        client: (to) => new WebhookClient(to, { agent: () => agent, secrets: () => [secret], now: Date.now }),
        now: Date.now,
      }),
    runningWith: async () => receiver.running,
    restarts: () => receiver.restarts,
    isBusy: () => false,
    async close() {
      receiver.stop();
      await front.close();
    },
  };
}

class Receiver {
  readonly running: (Fingerprint | undefined)[] = Array.from({ length: INSTANCES }, () => undefined);
  restarts = 0;
  readonly #known = new Set<string>();
  readonly #stop = new AbortController();
  /** One restart at a time. */
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: DownstreamOptions,
    private readonly webhook: Webhook,
  ) {}

  async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    let event: { readonly id: string; readonly data: TokenDelivery };
    try {
      event = this.webhook.verify(body, request.headers as Record<string, string>) as typeof event;
    } catch {
      response.writeHead(401).end();
      return;
    }
    response.writeHead(202).end();
    if (this.#known.has(event.id)) return;
    this.#known.add(event.id);
    this.#work = this.#work.then(async () => this.#restart(event.data)).catch(() => undefined);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Says what its instances run with after each of them, and at the end until somebody has heard it. */
  async #restart(data: TokenDelivery): Promise<void> {
    this.restarts += 1;
    for (const index of this.running.keys()) {
      await systemClock.sleep(STEP_MS, this.#stop.signal);
      this.running[index] = this.#tokenFrom(data);
      if (index < INSTANCES - 1) void this.#callBack(data);
    }
    while (!(await this.#callBack(data))) await systemClock.sleep(AGAIN_MS, this.#stop.signal);
  }

  /** An instance reads the store when it starts. */
  #tokenFrom({ value, secret }: TokenDelivery): Fingerprint | undefined {
    const read = secret.id === this.options.secretId ? this.options.current() : undefined;
    const token = value ?? read;
    return token === undefined ? undefined : fingerprintOf(token);
  }

  /** Whether the service has answered, be it that it wants to hear nothing of this token. */
  async #callBack({ callback, fingerprint }: TokenDelivery): Promise<boolean> {
    if (callback === null) return true;
    const seen = this.running.filter((one) => one === fingerprint).length;
    const said = seen > 0 ? { fingerprint, seen, of: INSTANCES } : { fingerprint: this.running[0] };
    try {
      return (await this.#post(callback, said)) < 500;
    } catch {
      return this.#stop.signal.aborted;
    }
  }

  async #post({ url, token }: NonNullable<TokenDelivery['callback']>, said: object): Promise<number> {
    using late = new Stop([this.#stop.signal], ANSWERS_WITHIN_MS);
    const { agent } = this.options;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const request = httpsRequest(url, { method: 'POST', headers, agent, signal: late.signal });
    request.end(JSON.stringify(said));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode ?? 0;
  }
}
