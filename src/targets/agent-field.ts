import { z } from 'zod';
import { phrase } from '../config/phrase.js';
import type { CheckedAgent } from './agent-checks.js';

/** As the config might call it, and as it calls itself (elastic/apm-server: internal/beater/config/auth.go). */
const OF_BROWSERS: readonly unknown[] = ['rum', 'rum-js', 'js-base'];

const NOT_OF_BROWSERS = phrase(
  'an agent of a service: a RUM agent must never carry the token, as it shows whatever it is given to everybody with a browser',
  ['Take the target out, and let the APM Server allow anonymous agents with a rate limit.'],
);

/** Which agent a target is for, in rotor.yaml. */
export function agentField<const T extends CheckedAgent>(kinds: readonly T[], description: string) {
  return z
    .enum(kinds, {
      error: ({ input }) => (OF_BROWSERS.includes(input) ? NOT_OF_BROWSERS : undefined),
    })
    .describe(description);
}
