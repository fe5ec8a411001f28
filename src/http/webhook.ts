import type https from 'node:https';
import { RotorError } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import type { Resolve } from './address-guard.js';
import { Poster, type PostLimits } from './poster.js';
import { assertSigningSecret, signedHeaders } from './signing.js';

export type WebhookConfig = PostLimits & { readonly url: string };

export type WebhookDeps = {
  /** Asked anew for each message: an authority that was exchanged needs no restart. */
  readonly agent: () => https.Agent;
  /** Read anew for each message: a secret that was replaced needs no restart. The newest first. */
  readonly secrets: () => readonly Secret[];
  readonly resolve?: Resolve;
  readonly now: () => number;
};

export type WebhookMessage = {
  /** The same on every try. */
  readonly id: string;
  readonly body: string;
  readonly contentType: string;
};

/** One receiver of signed messages. */
export class WebhookClient {
  readonly #url: URL;

  /** Throws `config_invalid` for an address that cannot be parsed. */
  constructor(
    private readonly config: WebhookConfig,
    private readonly deps: WebhookDeps,
  ) {
    const url = URL.parse(config.url);
    if (!url) throw new RotorError('config_invalid', 'the address of a webhook cannot be parsed');
    this.#url = url;
  }

  get host(): string {
    return this.#url.host;
  }

  get isEncrypted(): boolean {
    return this.#url.protocol === 'https:';
  }

  /** Whether a message could be sent, without sending one; throws what `send` would. */
  async check(): Promise<void> {
    for (const secret of this.deps.secrets()) assertSigningSecret(secret);
    await this.#poster().check();
  }

  /** Resolves with the status of the answer when the receiver has taken it; throws `receiver_gone` where it wants no more. */
  async send({ id, body, contentType }: WebhookMessage, signal: AbortSignal): Promise<number> {
    const { now, secrets } = this.deps;
    const signed = signedHeaders({ id, at: new Date(now()), body }, secrets());
    const to = this.#poster();
    const reply = await to.post({ headers: { ...signed, 'content-type': contentType }, body }, signal);
    if (reply.status >= 200 && reply.status < 300) return reply.status;
    throw to.refusal(reply);
  }

  #poster(): Poster {
    const { agent, resolve } = this.deps;
    return new Poster(this.#url, this.config, { agent: agent(), ...(resolve && { resolve }) });
  }
}
