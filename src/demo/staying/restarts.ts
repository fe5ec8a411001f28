import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentHandle } from '../../sandbox/deployment-handle.js';
import type { Ledger } from '../../sandbox/ledger.js';
import { RESTARTED_AFTER_MS } from './rotations.js';

/** As a colleague does who has been called: some time after each change the instance that kept the old token is restarted. */
export async function restartWhenBehind(
  deployment: DeploymentHandle,
  instance: number,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<void> {
  let after = 0;
  try {
    for (;;) {
      const applied = await ledger.waitFor(
        (entry) => entry.kind === 'plan.applied' && entry.deployment === deployment.name && entry.at > after,
        signal,
      );
      after = applied.at;
      await delay(RESTARTED_AFTER_MS, undefined, { signal });
      deployment.restartInstance(instance);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
