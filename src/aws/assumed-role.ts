import type { Agent } from 'node:https';
import { Stop } from '../rotation/stop.js';
import type { CredentialsConfig } from './credentials-config.js';
import { PerAgent } from './per-agent.js';
import { assumeRole, type TemporaryKeys } from './sts.js';

/** Before their end: an STS that is away for less is not noticed. The client of the SDK would ask five minutes before. */
const RENEW_BEFORE_MS = 10 * 60_000;
/** What ends sooner may be refused by the time it arrives. */
const MARGIN_MS = 5_000;
/** STS answers within a second; a call that waits for the keys is given twice as long. */
const GIVE_UP_MS = 20_000;
/** Between two tries while the keys at hand are still good. */
const TRY_AGAIN_MS = 15_000;

export type TakenOn = {
  /** Where STS is asked, unless `credentials` name its endpoint. */
  readonly region?: string | undefined;
  /** undefined: no role, AWS is asked with what the SDK finds by itself. */
  readonly credentials?: CredentialsConfig | undefined;
};

/** Keys of a role that are good now, for all stores and targets that share it. */
export class AssumedRole {
  #keys: TemporaryKeys | undefined;
  #renewing: Promise<TemporaryKeys> | undefined;
  #triedAt = -Infinity;

  constructor(private readonly assume: (signal: AbortSignal) => Promise<TemporaryKeys>) {}

  async credentials(): Promise<TemporaryKeys> {
    const keys = this.#keys;
    const left = keys === undefined ? 0 : keys.expiration.getTime() - Date.now();
    if (keys === undefined || left <= MARGIN_MS) return this.#renewed();
    if (left > RENEW_BEFORE_MS || performance.now() - this.#triedAt < TRY_AGAIN_MS) return keys;
    // These are still good; where STS cannot be had for longer, it is told once they are not.
    this.#renewed().catch(() => undefined);
    return keys;
  }

  async #renewed(): Promise<TemporaryKeys> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<TemporaryKeys> {
    this.#triedAt = performance.now();
    using stop = new Stop([], GIVE_UP_MS);
    this.#keys = await this.assume(stop.signal);
    return this.#keys;
  }
}

const roles = new PerAgent<AssumedRole>();

/** undefined: no role is named. One for all that is asked for with it. */
export function assumedRole(place: TakenOn, agent: Agent): AssumedRole | undefined {
  const { region, credentials } = place;
  if (credentials === undefined) return undefined;
  const known = roles.of(agent);
  const name = nameOf(place);
  const role =
    known.get(name) ?? new AssumedRole(async (signal) => assumeRole(credentials, region, agent, signal));
  known.set(name, role);
  return role;
}

/** Its keys were refused: it may have been given other rights, or its session may have been ended. */
export function forgetRole(place: TakenOn, agent: Agent): void {
  roles.of(agent).delete(nameOf(place));
}

function nameOf({ region, credentials }: TakenOn): string {
  return JSON.stringify([region, credentials]);
}
