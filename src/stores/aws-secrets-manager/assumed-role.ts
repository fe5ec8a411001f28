import type { Agent } from 'node:https';
import type { AwsSecretsManagerConfig } from './config.js';
import { regionOf } from './identity.js';
import { assumeRole, type TemporaryKeys } from './sts.js';

/** Before their end: an STS that is away for less is not noticed. The client of the SDK would ask five minutes before. */
const RENEW_BEFORE_MS = 10 * 60_000;
/** What ends sooner may be refused by the time it arrives. */
const MARGIN_MS = 5_000;
/** Between two tries while the keys at hand are still good. */
const TRY_AGAIN_MS = 15_000;

/** Keys of a role that are good now, for all stores that share it. */
export class AssumedRole {
  #keys: TemporaryKeys | undefined;
  #renewing: Promise<TemporaryKeys> | undefined;
  #triedAt = -Infinity;

  constructor(private readonly assume: () => Promise<TemporaryKeys>) {}

  async credentials(): Promise<TemporaryKeys> {
    const keys = this.#keys;
    const left = keys === undefined ? 0 : keys.expiration.getTime() - Date.now();
    if (keys === undefined || left <= MARGIN_MS) return this.#renewed();
    if (left > RENEW_BEFORE_MS || performance.now() - this.#triedAt < TRY_AGAIN_MS) return keys;
    // These are still good; where STS cannot be had for longer, it is told once they are not.
    return this.#renewed().catch(() => keys);
  }

  async #renewed(): Promise<TemporaryKeys> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<TemporaryKeys> {
    this.#triedAt = performance.now();
    this.#keys = await this.assume();
    return this.#keys;
  }
}

const roles = new WeakMap<Agent, Map<string, AssumedRole>>();

/** undefined: the config names no role. One for all secrets that are asked for with it. */
export function assumedRole(config: AwsSecretsManagerConfig, agent: Agent): AssumedRole | undefined {
  const { credentials } = config;
  if (credentials === undefined) return undefined;
  const known = roles.get(agent) ?? new Map<string, AssumedRole>();
  roles.set(agent, known);
  const name = nameOf(config);
  const role =
    known.get(name) ?? new AssumedRole(async () => assumeRole(credentials, regionOf(config), agent));
  known.set(name, role);
  return role;
}

/** Its keys were refused: it may have been given other rights, or its session may have been ended. */
export function forgetRole(config: AwsSecretsManagerConfig, agent: Agent): void {
  roles.get(agent)?.delete(nameOf(config));
}

function nameOf(config: AwsSecretsManagerConfig): string {
  return JSON.stringify([regionOf(config), config.credentials]);
}
