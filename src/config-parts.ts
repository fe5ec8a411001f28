import type { Config } from './config/index.js';
import { setUpChecks } from './set-up.js';
import { TrustedIssuers } from './triggers/access/jwt.js';
import { greeterOf, type Surroundings } from './wiring/clients.js';
import { cloudsOf, selectingOf } from './wiring/deployments.js';
import { declare, watched } from './wiring/index.js';
import { heartbeatsOf, notifiersOf, testedNotifiers } from './wiring/webhooks.js';

/**
 * All that a service takes from its config, at the start and where another one comes into force. Throws
 * `config_invalid` where it cannot be had.
 */
export function partsOfConfig(config: Config, surroundings: Surroundings) {
  const { env } = surroundings;
  const sights = watched(config, surroundings);
  const notifiers = notifiersOf(config, env);
  return {
    rotations: declare(config, env),
    sights,
    notifiers,
    tested: testedNotifiers(config, notifiers),
    heartbeats: heartbeatsOf(config, env),
    deployments: { clouds: cloudsOf(config, surroundings), selecting: selectingOf(config) },
    examined: {
      setUp: (names: readonly string[]) => setUpChecks(config, env, 'The config of the service', names),
      rotations: sights.map(({ name, ports }) => ({ name, ports, greet: greeterOf(name, config, env) })),
    },
    issuers: new TrustedIssuers(config.server.auth.jwt),
  };
}
