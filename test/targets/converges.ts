import type { Secret } from '../../src/rotation/secret.js';
import type { Target } from '../../src/targets/target.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';

/** Looks until whatever goes on by itself is done. */
export async function converges(target: Target, token: Secret): Promise<void> {
  await until(
    'it converges',
    async () => (await target.observe(token.fingerprint, never())).state === 'converged',
  );
}
