import type { TokenDelivery } from '../../src/events/delivery-schema.js';
import { Secret, type Fingerprint } from '../../src/rotation/secret.js';
import type { Callbacks, Instances } from '../../src/targets/webhook/callbacks.js';
import type { WebhookTargetConfig } from '../../src/targets/webhook/config.js';
import { createTarget } from '../../src/targets/index.js';
import { receiverIdOf } from '../../src/targets/webhook/webhook-target.js';
import type { Target } from '../../src/targets/target.js';
import type { TargetHarness } from '../contracts/target.contract.js';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';
import { clientOf, newSigningSecret, Receiver, verified } from '../webhooks/receiver.js';

export const INSTANCES = 3;
export const ACK_MS = 5 * 60_000;

type Delivered = { readonly id: string; readonly type: string; readonly data: TokenDelivery };

/** A receiver that brings tokens to three instances and calls back, over the real API. */
export class WebhookWorld {
  readonly secrets: Secret[] = [newSigningSecret()];
  /** undefined: they follow each delivery. */
  running: readonly Fingerprint[] | undefined;
  callsBack = true;
  /** What the receiver reads by reference. */
  readonly store = new Map<string, string>();
  #hangs = false;

  private constructor(
    readonly api: ApiWorld,
    readonly receiver: Receiver,
  ) {}

  static async open(): Promise<WebhookWorld> {
    const world = new WebhookWorld(await ApiWorld.open(), await Receiver.start());
    world.receive();
    return world;
  }

  receive(): void {
    this.receiver.answer = (response) =>
      void (this.callsBack ? this.callBack() : Promise.resolve()).then(() => response.writeHead(202).end());
  }

  get last(): Delivered | undefined {
    const received = this.receiver.received.at(-1);
    return received && (verified(received, this.secrets[0]!) as Delivered);
  }

  /** What the receiver says of the newest delivery; another body or token where a test gives one. */
  async callBack(over: { body?: object; token?: string | undefined } = {}) {
    const { data } = this.last ?? {};
    const { url, token } = { ...data?.callback, ...over };
    if (!data || !url) throw new Error('there is nothing to call back for');
    const running = this.running ?? Array<Fingerprint>(INSTANCES).fill(data.fingerprint as Fingerprint);
    const seen = running.filter((one) => one === data.fingerprint).length;
    const payload = over.body ?? { fingerprint: data.fingerprint, seen, of: running.length };
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const reply = await this.api.app.inject({ method: 'POST', url: new URL(url).pathname, headers, payload });
    return { status: reply.statusCode, body: reply.json<Record<string, unknown>>() };
  }

  async runWith(running: readonly Fingerprint[]): Promise<void> {
    this.running = running;
    if (this.last) await this.callBack();
  }

  target(over: Partial<WebhookTargetConfig> = {}, run = 'run_1', { waits = true } = {}): Target {
    const config: WebhookTargetConfig = {
      type: 'webhook',
      name: 'legacy',
      receiver: {
        url: this.receiver.url,
        secrets: [],
        allowPrivate: ['127.0.0.1'],
        allowHttp: [],
        timeoutMs: 10_000,
      },
      payload: 'reference',
      ...(waits && { ack: { url: 'https://rotor.example.test', timeoutMs: ACK_MS } }),
      readyTimeoutMs: 2 * ACK_MS,
      ...over,
    };
    const target = createTarget(config, {
      rotation: 'checkout',
      run,
      secret: { store: 'aws-secrets-manager', id: 'prod/apm/checkout', region: 'eu-central-1', key: null },
      callbacks: this.#callbacks(),
      client: (receiver) => clientOf(receiver, { secrets: this.secrets }),
      now: () => this.api.clock.now(),
    });
    return {
      preflight: async (signal) => target.preflight(signal),
      observe: async (expected, signal) => target.observe(expected, signal),
      // Current in the store before it is delivered, as in a run.
      deliver: async (token, signal) => {
        if (!signal.aborted) this.store.set(token.fingerprint, token.reveal());
        return target.deliver(token, signal);
      },
    };
  }

  async held(): Promise<string | undefined> {
    const { data } = this.last ?? {};
    return data && (data.value ?? this.store.get(data.fingerprint));
  }

  hang(method: 'deliver' | 'observe') {
    if (method === 'deliver') this.receiver.answer = () => undefined;
    const before = this.receiver.received.length;
    let asked = 0;
    this.#hangs = method === 'observe';
    this.#onAsked = () => (asked += 1);
    const isWaiting = () => (method === 'observe' ? asked > 0 : this.receiver.received.length > before);
    return { waiting: async () => until(`${method} hangs`, isWaiting) };
  }

  #onAsked = (): unknown => undefined;

  #callbacks(): Callbacks {
    const { callbacks } = this.api.journal;
    return {
      offer: async (offer, hash) => callbacks.offer(offer, hash),
      sent: async (delivery) => callbacks.sent(delivery),
      isKnown: async (delivery, hash) => callbacks.isKnown(delivery, hash),
      confirm: async (delivery, fingerprint, instances: Instances) =>
        callbacks.confirm(delivery, fingerprint, instances),
      heard: async (asked) => {
        this.#onAsked();
        return this.#hangs ? new Promise(() => undefined) : callbacks.heard(asked);
      },
    };
  }

  async close(): Promise<void> {
    await this.receiver.close();
    await this.api.close();
  }
}

export async function webhookHarness(payload: WebhookTargetConfig['payload']): Promise<TargetHarness> {
  const world = await WebhookWorld.open();
  return {
    target: world.target({ payload }),
    instances: INSTANCES,
    observable: true,
    held: async () => world.held(),
    world: async () => ({
      received: [...world.receiver.received],
      heard: await world.api.journal.callbacks.heard({
        rotation: 'checkout',
        target: 'legacy',
        receiver: receiverIdOf(world.receiver.url),
        fingerprint: (world.last?.data.fingerprint ?? '') as Fingerprint,
      }),
    }),
    runWith: async (running) => world.runWith(running),
    makeImpossible: async () => void world.secrets.splice(0, 1, new Secret('none')),
    breakDelivery: async () => {
      world.receiver.answer = (response) => response.writeHead(500).end();
    },
    repair: async () => world.receive(),
    hang: async (method) => world.hang(method),
    close: async () => world.close(),
  };
}
