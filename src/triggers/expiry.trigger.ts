import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import { credentialExpiring, credentialSettled, type Ending } from '../events/of-the-service.js';
import { ApiTokens, type KeptToken } from '../journal/api-tokens.js';
import type { Journal } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import { Credentials } from '../telemetry/credentials.js';
import { CLOCK, JOURNAL, LOG } from '../tokens.js';
import { API_TOKEN, KEY_BEFORE_MS, OVER_AFTER_MS, SettledCredentials } from './settled-credentials.js';

const TICK_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
const TOKEN_BEFORE_MS = 7 * DAY_MS;
const TOPIC = 'expiry';

/** Says of each credential that ends soon that it does, once: with it rotations end as well. And that it does no more. */
@Injectable()
export class ExpiryTrigger {
  readonly #settled: SettledCredentials;

  constructor(
    @Inject(Credentials) private readonly credentials: Credentials,
    @Inject(ApiTokens) private readonly tokens: ApiTokens,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {
    this.#settled = new SettledCredentials(credentials, clock);
  }

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
    const found = this.#settled.find(subject, Number(value), tokens);
    if (!found) return;
    await this.journal.notifications.flipBack(subject, TOPIC, settled(value), (before) =>
      before === value ? credentialSettled(found.of, found.why) : undefined,
    );
  }
}

function settled(value: string): string {
  return `settled ${value}`;
}
