import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import {
  credentialExpiring,
  credentialSettled,
  credentialSubject,
  type Ending,
} from '../events/of-the-service.js';
import { ApiTokens, type KeptToken } from '../journal/api-tokens.js';
import type { Journal } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { Credentials } from '../telemetry/credentials.js';
import { CLOCK, JOURNAL, LOG } from '../tokens.js';

const TICK_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** Who may make another one has to be found first. */
const KEY_BEFORE_MS = 30 * DAY_MS;
const TOKEN_BEFORE_MS = 7 * DAY_MS;
/** Nobody says of a key that it is used no more: so long after its end it is taken for that. */
const OVER_AFTER_MS = 7 * DAY_MS;
const TOPIC = 'expiry';
const API_TOKEN = 'api-token';

type Settled = { readonly of: Omit<Ending, 'expiresAt'>; readonly why: 'renewed' | 'revoked' | 'over' };

/** Says of each credential that ends soon that it does, once: with it rotations end as well. And that it does no more. */
@Injectable()
export class ExpiryTrigger {
  /** Of each key, by what was said of it: how often it had been heard of when that was first seen here. */
  readonly #heard = new Map<string, number>();

  constructor(
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(ApiTokens) private readonly tokens: ApiTokens,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @Interval('expiry', TICK_MS)
  async tick(): Promise<void> {
    try {
      const tokens = await this.tokens.list();
      const told = await this.journal.notifications.standings(TOPIC);
      for (const ending of [...this.#keys(), ...this.#apiTokens(tokens)]) {
        const event = credentialExpiring(ending);
        const value = String(ending.expiresAt);
        // What another replica knows to be settled, this one may not have heard of yet.
        if (told.get(event.rotation) !== settled(value))
          await this.journal.notifications.flip(event.rotation, TOPIC, value, event);
      }
      for (const [subject, value] of told) await this.#settle(subject, value, tokens);
    } catch (error) {
      const fields = { event: { action: 'expiry.failed' }, err: asRotorError(error) };
      this.log.error(fields, 'it could not be said which credentials end');
    }
  }

  #keys(): Ending[] {
    const now = this.clock.now();
    return this.credentials
      .known()
      .filter(({ expiresAt }) => expiresAt - now < KEY_BEFORE_MS && now - expiresAt < OVER_AFTER_MS)
      .map(({ credential, expiresAt }) => ({ kind: credential, expiresAt }));
  }

  /** Whoever has made one for a few days knows that it ends. */
  #apiTokens(tokens: readonly KeptToken[]): Ending[] {
    const now = this.clock.now();
    const ending = tokens.filter(
      ({ createdAt, expiresAt, revokedAt }) =>
        revokedAt === undefined &&
        now < expiresAt &&
        expiresAt - now < TOKEN_BEFORE_MS &&
        expiresAt - createdAt > TOKEN_BEFORE_MS,
    );
    return ending.map(({ id, name, expiresAt }) => ({ kind: API_TOKEN, token: { id, name }, expiresAt }));
  }

  async #settle(subject: string, value: string, tokens: readonly KeptToken[]): Promise<void> {
    if (!/^\d+$/.test(value)) return;
    const found = this.#keySettled(subject, Number(value)) ?? this.#tokenSettled(subject, tokens);
    if (!found) return;
    await this.journal.notifications.flipBack(subject, TOPIC, settled(value), (before) =>
      before === value ? credentialSettled(found.of, found.why) : undefined,
    );
  }

  #tokenSettled(subject: string, tokens: readonly KeptToken[]): Settled | undefined {
    const token = tokens.find(({ id }) => credentialSubject(API_TOKEN, id) === subject);
    if (!token) return undefined;
    const { id, name, expiresAt, revokedAt } = token;
    const of = { kind: API_TOKEN, token: { id, name } };
    if (revokedAt !== undefined) return { of, why: 'revoked' };
    return this.clock.now() - expiresAt >= OVER_AFTER_MS ? { of, why: 'over' } : undefined;
  }

  #keySettled(subject: string, told: Millis): Settled | undefined {
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

function settled(value: string): string {
  return `settled ${value}`;
}
