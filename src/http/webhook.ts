import type https from 'node:https';
import { RotorError } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import { AddressGuard, type Resolve } from './address-guard.js';
import { answerFault, redirectFault } from './faults.js';
import { assertScheme, guardedPost, siteOf } from './guarded-post.js';
import { assertSigningSecret, signedHeaders } from './signing.js';

export type WebhookConfig = {
  readonly url: string;
  readonly allowPrivate: readonly string[];
  readonly allowHttp: readonly string[];
  readonly timeoutMs: number;
};

export type WebhookDeps = {
  readonly agent: https.Agent;
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
  readonly #guard: AddressGuard;

  /** Throws `config_invalid` for an address that cannot be parsed. */
  constructor(
    private readonly config: WebhookConfig,
    private readonly deps: WebhookDeps,
  ) {
    const url = URL.parse(config.url);
    if (!url) throw new RotorError('config_invalid', 'the address of a webhook cannot be parsed');
    this.#url = url;
    this.#guard = new AddressGuard(config.allowPrivate, deps.resolve);
  }

  get host(): string {
    return this.#url.host;
  }

  get isEncrypted(): boolean {
    return this.#url.protocol === 'https:';
  }

  /** Whether a message could be sent, without sending one; throws what `send` would. */
  async check(): Promise<void> {
    assertScheme({ url: this.#url, allowHttp: this.config.allowHttp });
    for (const secret of this.deps.secrets()) assertSigningSecret(secret);
    await this.#guard.addressesOf(this.#url);
  }

  /** Resolves with the status of the answer when the receiver has taken it; throws `receiver_gone` where it wants no more. */
  async send({ id, body, contentType }: WebhookMessage, signal: AbortSignal): Promise<number> {
    const { now, secrets, agent } = this.deps;
    const signed = signedHeaders({ id, at: new Date(now()), body }, secrets());
    const headers = {
      ...signed,
      'content-type': contentType,
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'rotor',
    };
    const { allowHttp, timeoutMs } = this.config;
    const post = { url: this.#url, headers, body, guard: this.#guard, agent, allowHttp, timeoutMs };
    const reply = await guardedPost(post, signal);
    const { status } = reply;
    if (status >= 200 && status < 300) return status;
    const site = siteOf(this.#url);
    if (status === 410)
      throw new RotorError('receiver_gone', `${site.host}: answered 410: it wants no more.`);
    if (status >= 300 && status < 400) throw redirectFault(site, status, reply.headers.location);
    throw answerFault({ ...reply, json: undefined }, site, () => undefined);
  }
}
