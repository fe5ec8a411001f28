import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';
import { credentialExpiring, type Ending } from '../events/happened.js';
import { ApiTokens } from '../journal/api-tokens.js';
import type { Journal } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import { Credentials } from '../telemetry/credentials.js';
import { CLOCK, JOURNAL, LOG } from '../tokens.js';

const TICK_MS = 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** Who may make another one has to be found first. */
const KEY_BEFORE_MS = 30 * DAY_MS;
const TOKEN_BEFORE_MS = 7 * DAY_MS;

/** Says of each credential that ends soon that it does, once: with it rotations end as well. */
@Injectable()
export class ExpiryTrigger {
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
      for (const ending of [...this.#keys(), ...(await this.#apiTokens())]) {
        const event = credentialExpiring(ending);
        await this.journal.notifications.flip(event.rotation, 'expiry', String(ending.expiresAt), event);
      }
    } catch (error) {
      const fields = { event: { action: 'expiry.failed' }, err: asRotorError(error) };
      this.log.error(fields, 'it could not be said which credentials end');
    }
  }

  #keys(): Ending[] {
    return this.credentials
      .known()
      .filter(({ expiresAt }) => expiresAt - this.clock.now() < KEY_BEFORE_MS)
      .map(({ credential, expiresAt }) => ({ kind: credential, expiresAt }));
  }

  /** Whoever has made one for a few days knows that it ends. */
  async #apiTokens(): Promise<Ending[]> {
    const now = this.clock.now();
    const ending = (await this.tokens.list()).filter(
      ({ createdAt, expiresAt, revokedAt }) =>
        revokedAt === undefined &&
        now < expiresAt &&
        expiresAt - now < TOKEN_BEFORE_MS &&
        expiresAt - createdAt > TOKEN_BEFORE_MS,
    );
    return ending.map(({ id, name, expiresAt }) => ({ kind: 'api-token', token: { id, name }, expiresAt }));
  }
}
