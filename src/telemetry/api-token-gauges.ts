import type { ApiTokens } from '../journal/api-tokens.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import type { Meters } from './meters.js';

/** When the API tokens end that are in force, whichever replica is asked. */
export class ApiTokenGauges {
  constructor(
    private readonly meters: Meters,
    private readonly tokens: Pick<ApiTokens, 'list'>,
    private readonly clock: Clock,
  ) {}

  /** Where the journal cannot be read they show nothing, rather than what was true some time ago. */
  async refresh(): Promise<void> {
    const all = await this.tokens.list().catch((error: unknown) => {
      if (asRotorError(error).code !== 'journal_unavailable') throw error;
      return [];
    });
    const now = this.clock.now();
    const inForce = all.filter(({ revokedAt, expiresAt }) => revokedAt === undefined && now < expiresAt);
    this.meters.show(
      'apiTokenExpiration',
      inForce.map(({ id: token, name, expiresAt }) => ({
        labels: { token, name },
        value: expiresAt / 1_000,
      })),
    );
  }
}
