import { credentialSubject, type Ending } from '../events/of-the-service.js';
import type { KeptToken } from '../journal/api-tokens.js';
import type { Clock } from '../rotation/clock.js';
import type { Millis } from '../rotation/run.js';
import type { Credentials } from '../telemetry/credentials.js';

const DAY_MS = 24 * 60 * 60_000;
/** Who may make another one has to be found first. */
export const KEY_BEFORE_MS = 30 * DAY_MS;
/** Nobody says of a key that it is used no more: so long after its end it is taken for that. */
export const OVER_AFTER_MS = 7 * DAY_MS;
/** The kind of a token of Rotor's own API; all other kinds are keys for upstreams. */
export const API_TOKEN = 'api-token';

type Settled = { readonly of: Omit<Ending, 'expiresAt'>; readonly why: 'renewed' | 'revoked' | 'over' };

/** Finds of which credentials it is no longer so that they end soon, as was said. */
export class SettledCredentials {
  /** Of each key, by what was said of it: how often it had been heard of when that was first seen here. */
  readonly #heard = new Map<string, number>();

  constructor(
    private readonly credentials: Credentials,
    private readonly clock: Clock,
  ) {}

  /** `told`: the end that was said of it. Undefined where it is so still, or nobody here can tell. */
  find(subject: string, told: Millis, tokens: readonly KeptToken[]): Settled | undefined {
    return this.#key(subject, told) ?? this.#token(subject, tokens);
  }

  #token(subject: string, tokens: readonly KeptToken[]): Settled | undefined {
    const token = tokens.find(({ id }) => credentialSubject(API_TOKEN, id) === subject);
    if (!token) return undefined;
    const { id, name, expiresAt, revokedAt } = token;
    const of = { kind: API_TOKEN, token: { id, name } };
    if (revokedAt !== undefined) return { of, why: 'revoked' };
    return this.clock.now() - expiresAt >= OVER_AFTER_MS ? { of, why: 'over' } : undefined;
  }

  #key(subject: string, told: Millis): Settled | undefined {
    const now = this.clock.now();
    const [, kind] = /^credential (\S+)$/.exec(subject) ?? [];
    if (kind === undefined) return undefined;
    const of = { kind };
    if (now - told >= OVER_AFTER_MS) return { of, why: 'over' };
    const known = this.credentials.known().find(({ credential }) => credential === kind);
    const seen = `${subject} ${told}`;
    // What was said may be newer than what this process has heard: it has to hear of the key anew.
    const before = this.#heard.get(seen);
    if (before === undefined) this.#heard.set(seen, known?.times ?? 0);
    const isNews = known !== undefined && before !== undefined && known.times > before;
    return isNews && known.expiresAt !== told && known.expiresAt - now >= KEY_BEFORE_MS
      ? { of, why: 'renewed' }
      : undefined;
  }
}
