import type { Config } from './config/index.js';
import type { Checked } from './rotation/checkup.js';
import { resolveSecret, secretFileWarning, type RawEnv } from './config/secret-ref.js';
import { assertSigningSecret } from './http/signing.js';
import { stateDirWarning } from './journal/state-dir.js';
import { assertSecretsOf } from './notifiers/index.js';
import { asRotorError } from './rotation/errors.js';
import { givenApiToken } from './triggers/api-token.js';
import { secretsIn, signingSecretsIn } from './wiring/clients.js';
import { declare } from './wiring/index.js';
import { isHeard } from './wiring/webhooks.js';

/** Throws `config_invalid` for what is a mistake of the set-up, now rather than in the first run. */
export function checkSetUp(config: Config, env: RawEnv): void {
  declare(config, env);
  givenApiToken(env);
  for (const reference of secretsIn(config)) resolveSecret(reference, env);
  for (const reference of signingSecretsIn(config)) assertSigningSecret(resolveSecret(reference, env));
  for (const notifier of Object.values(config.notifiers))
    assertSecretsOf(notifier, (reference) => resolveSecret(reference, env));
}

/**
 * The same for a person who looks: never throws. `whose` begins a sentence, such as the name of the file. Warnings of a
 * rotation that is not among `names` are left out.
 */
export function setUpChecks(
  config: Config,
  env: RawEnv,
  whose: string,
  names: readonly string[],
): readonly Checked[] {
  const check = 'config';
  const warnings = warningsOf(config, env, names).map((detail): Checked => {
    return { check, state: 'warn', detail: `${detail.replace(/\.$/, '')}.` };
  });
  try {
    checkSetUp(config, env);
    const count = config.rotations.length;
    const what = count === 1 ? 'one rotation' : `${count} rotations`;
    return [{ check, state: 'ok', detail: `${whose} is valid and has ${what}.` }, ...warnings];
  } catch (error) {
    const { message, hint } = asRotorError(error);
    return [{ check, state: 'fail', detail: message, ...(hint !== undefined && { hint }) }, ...warnings];
  }
}

/** What is allowed and probably not meant, a sentence each; asks nobody. */
export function warningsOf(config: Config, env: RawEnv, names?: readonly string[]): string[] {
  const wide = secretsIn(config).map((reference) => secretFileWarning(reference, env));
  const here = [...wide, stateDirWarning(config.stateDir)].filter((warning) => warning !== undefined);
  return [...here, ...warningsIn(config, names)];
}

/** Those that the config alone gives rise to, on whatever machine; of rotations those that are among `names`. */
export function warningsIn(config: Config, names?: readonly string[]): string[] {
  const about = config.rotations.filter(({ name }) => names?.includes(name) ?? true);
  const deaf = isHeard(config)
    ? undefined
    : 'nobody will hear about failures: no rotation has a notifier (`notifiers` and `notify`)';
  return [...about.map(undelivered), exposure(config.server.listen), deaf].filter(
    (warning) => warning !== undefined,
  );
}

/** Right where External Secrets or the agents themselves read the store, and an outage where nothing does. */
function undelivered({ name, targets }: Config['rotations'][number]): string | undefined {
  if (targets.length > 0) return undefined;
  return `${name} brings a new token to the store and no further, since its targets are empty: agents that do not read it there are refused after a rotation`;
}

/**
 * Secrets that cannot be read here and now, a sentence each. A config may be validated on another machine than the one
 * that Rotor is to run on, so that this alone makes no config a bad one.
 */
export function missingSecrets(config: Config, env: RawEnv): string[] {
  return [...new Set(secretsIn(config))].flatMap((reference) => {
    try {
      resolveSecret(reference, env);
      return [];
    } catch (error) {
      return [`on this machine ${asRotorError(error).message}: Rotor does not start where that is so`];
    }
  });
}

/** The API has no TLS of its own: beyond this machine its token would go in clear. */
function exposure({ host }: Config['server']['listen']): string | undefined {
  if (/^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)) return undefined;
  return `the API listens on ${host} without TLS: put a proxy that speaks TLS in front of it`;
}
