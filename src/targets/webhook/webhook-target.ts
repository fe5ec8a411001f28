import { createHash, randomBytes } from 'node:crypto';
import { CLOUD_EVENT_TYPE, cloudEvent, SOURCE } from '../../events/cloud-event.js';
import { TOKEN_DELIVERY, type TokenDelivery } from '../../events/delivery-schema.js';
import type { WebhookClient } from '../../http/webhook.js';
import { asRotorError, RotorError } from '../../rotation/errors.js';
import type { Millis } from '../../rotation/run.js';
import type { Fingerprint, Secret } from '../../rotation/secret.js';
import type { Finding, Observation, Target } from '../target.js';
import type { Callbacks, Heard } from './callbacks.js';
import type { WebhookTargetConfig } from './config.js';

export type WebhookTargetDeps = {
  readonly rotation: string;
  /** Absent between two runs, when nothing is delivered. */
  readonly run?: string;
  readonly secret: TokenDelivery['secret'];
  /** Absent where nothing is delivered or looked at, as in a rehearsal. */
  readonly callbacks?: Callbacks;
  readonly client: (receiver: WebhookTargetConfig['receiver']) => WebhookClient;
  readonly now: () => Millis;
};

/** Somebody else's system, which is told where the token is, and may say when its agents run with it. */
export function createWebhookTarget(config: WebhookTargetConfig, deps: WebhookTargetDeps): Target {
  return new WebhookTarget(config, deps);
}

class WebhookTarget implements Target {
  readonly #client: WebhookClient;

  constructor(
    private readonly config: WebhookTargetConfig,
    private readonly deps: WebhookTargetDeps,
  ) {
    this.#client = deps.client(config.receiver);
  }

  async preflight(signal: AbortSignal): Promise<readonly Finding[]> {
    await this.#stoppable(signal, async () => {
      this.#assertEncrypted('target_refused');
      try {
        await this.#client.check();
      } catch (error) {
        const { message, hint, code } = asRotorError(error);
        // A name server that does not answer now may do so when the time comes.
        if (code === 'upstream_unreachable') return;
        throw this.#error('target_refused', message, hint);
      }
    });
    return [];
  }

  async deliver(token: Secret, signal: AbortSignal): Promise<void> {
    const { callbacks, deps } = this.#kept();
    const { run, rotation } = deps;
    if (run === undefined) throw new Error('a delivery belongs to a run');
    this.#assertEncrypted('target_failed');
    const { ack } = this.config;
    const { target, receiver } = this.#addressee;
    const delivery = deliveryIdOf(run, target, token.fingerprint);
    const callbackToken = randomBytes(32).toString('base64url');
    const offer = { delivery, rotation, target, receiver, fingerprint: token.fingerprint };
    await this.#stoppable(signal, async () => callbacks.offer(offer, hashOf(callbackToken)));
    const callback = ack ? { url: `${ack.url}/v1/callbacks/${delivery}`, token: callbackToken } : null;
    const body = this.#body(delivery, token, callback);
    try {
      await this.#client.send({ id: delivery, body, contentType: CLOUD_EVENT_TYPE }, signal);
    } catch (error) {
      const { message, hint, code } = asRotorError(error);
      throw this.#error('target_failed', message, hint, code !== 'receiver_gone');
    }
    await callbacks.sent(delivery);
  }

  async observe(expected: Fingerprint, signal: AbortSignal): Promise<Observation> {
    const { callbacks, deps } = this.#kept();
    const asked = { rotation: deps.rotation, ...this.#addressee, fingerprint: expected };
    return this.#stoppable(signal, async () => this.#seen(await callbacks.heard(asked)));
  }

  get #addressee(): { readonly target: string; readonly receiver: string } {
    const { name, receiver } = this.config;
    return { target: name, receiver: receiverIdOf(receiver.url) };
  }

  #seen({ sentAt, instances, lastOf = 1 }: Heard): Observation {
    const { ack } = this.config;
    if (instances) return { state: instances.seen === instances.of ? 'converged' : 'pending', ...instances };
    const mayCallBack = ack !== undefined && sentAt !== undefined && this.deps.now() < sentAt + ack.timeoutMs;
    if (sentAt === undefined || mayCallBack) return { state: 'pending', seen: 0, of: lastOf, unseen: true };
    return { state: 'assumed' };
  }

  #body(delivery: string, token: Secret, callback: TokenDelivery['callback']): string {
    const { rotation, secret, now } = this.deps;
    const data: TokenDelivery = {
      delivery,
      target: this.config.name,
      fingerprint: token.fingerprint,
      secret,
      ...(this.config.payload === 'value' && { value: token.reveal() }),
      callback,
    };
    const happened = { id: delivery, source: SOURCE, name: TOKEN_DELIVERY, rotation, at: now(), data };
    return JSON.stringify(cloudEvent(happened));
  }

  /** The config refuses it already; a spec that somebody edited does not pass either. */
  #assertEncrypted(code: 'target_refused' | 'target_failed'): void {
    if (this.config.payload === 'reference' || this.#client.isEncrypted) return;
    throw this.#error(code, 'no token goes over plain http', 'Use https, or payload: reference.', false);
  }

  #kept(): { readonly callbacks: Callbacks; readonly deps: WebhookTargetDeps } {
    const { deps } = this;
    if (!deps.callbacks) throw new Error('what is delivered is kept in a journal');
    return { callbacks: deps.callbacks, deps };
  }

  /** Gives up at once when the signal aborts, whatever is still under way. */
  async #stoppable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(this.#error('target_failed', 'the work was stopped'));
    if (signal.aborted) throw this.#error('target_failed', 'the work was stopped');
    signal.addEventListener('abort', stop);
    try {
      return await Promise.race([work(), promise]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #error(
    code: 'target_refused' | 'target_failed',
    why: string,
    hint?: string,
    retryable = code === 'target_failed',
  ): RotorError {
    const message = `Target ${this.config.name}: ${why}`;
    return new RotorError(code, message, { retryable, ...(hint !== undefined && { hint }) });
  }
}

export function hashOf(callbackToken: string): string {
  return createHash('sha256').update(callbackToken).digest('hex');
}

/** The path may be a secret of the receiver. */
export function receiverIdOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 32);
}

function deliveryIdOf(run: string, target: string, fingerprint: Fingerprint): string {
  const whole = createHash('sha256').update([run, target, fingerprint].join('\0'));
  return `dlv_${whole.digest('hex').slice(0, 32)}`;
}
