import type https from 'node:https';
import { RotorError } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';
import { AddressGuard, type Resolve } from './address-guard.js';
import { answerFault, redirectFault, type ErrorReader } from './faults.js';
import { assertScheme, guardedPost, siteOf, type PostReply } from './guarded-post.js';

/** What a receiver may be, wherever its address stands. */
export type PostLimits = {
  readonly allowPrivate: readonly string[];
  readonly allowHttp: readonly string[];
  readonly timeoutMs: number;
};

export type PostDeps = { readonly agent: https.Agent; readonly resolve?: Resolve };

export type Post = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** So much of the answer is read. Default: nothing. */
  readonly readBytes?: number;
};

/** Posts to one address, which only those see who may: no message names more of it than the host. */
export class Poster {
  readonly #guard: AddressGuard;

  constructor(
    private readonly url: URL,
    private readonly limits: PostLimits,
    private readonly deps: PostDeps,
  ) {
    this.#guard = new AddressGuard(limits.allowPrivate, deps.resolve);
  }

  /** Whether it could be posted to, without posting; throws what `post` would. */
  async check(): Promise<void> {
    assertScheme({ url: this.url, allowHttp: this.limits.allowHttp });
    await this.#guard.addressesOf(this.url);
  }

  /** Resolves with any answer whatever its status. */
  async post({ headers, body, readBytes = 0 }: Post, signal: AbortSignal): Promise<PostReply> {
    const length = { 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'rotor' };
    const { allowHttp, timeoutMs } = this.limits;
    const { agent } = this.deps;
    const all = { ...headers, ...length };
    const post = { url: this.url, headers: all, body, guard: this.#guard, agent, allowHttp, timeoutMs };
    return guardedPost({ ...post, readBytes }, signal);
  }

  /** What an answer means that is no acceptance; `receiver_gone` where it wants no more. */
  refusal(reply: PostReply, readErrors: ErrorReader = () => undefined): RotorError {
    const site = siteOf(this.url);
    const { status, headers } = reply;
    if (status >= 300 && status < 400) return redirectFault(site, status, headers.location);
    const fault = answerFault({ ...reply, json: reply.text }, site, readErrors);
    if (status !== 410) return fault;
    return new RotorError('receiver_gone', fault.message.replace(/\.$/, ': it wants no more.'));
  }

  /** An acceptance in other words than the receiver's own: somebody else may have answered. */
  unlike(status: number, expected: string): RotorError {
    return new RotorError(
      'upstream_malformed',
      `${this.url.host}: POST: answered ${status} with something else than ${expected}.`,
      { hint: 'A proxy or load balancer may have answered in its place.' },
    );
  }
}

/** Reads an address that is a secret as a whole. Throws `config_invalid`, without a character of it. */
export function secretAddress(secret: Secret, whose: string): URL {
  const url = URL.parse(secret.reveal().trim());
  const isFit = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isFit) return url;
  throw new RotorError('config_invalid', `the address of ${whose} is no https URL`, {
    hint: 'Look at what the reference of `url` leads to: the whole address, in one line.',
  });
}
