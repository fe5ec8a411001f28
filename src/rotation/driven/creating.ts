import { mintToken } from '../tokens.js';
import { assertReady } from './ready.js';
import { resetOnce } from './resetting.js';
import { lookAt, type Step } from './step.js';

/** Gives the announced version its token: minted, or that of a reset, which is known only once it is done. */
export async function createSecret(step: Step): Promise<string> {
  const { version, ports, signal } = step;
  const before = await ports.announced.held(version, false, signal);
  if (before) return `version ${version} holds ${before.fingerprint} already`;
  const { issuer } = await lookAt(step);
  if (issuer.kind === 'server-chosen') return resetOnce(step);
  await assertReady(step);
  const held = await ports.announced.fill(version, mintToken(), signal);
  return `version ${version} holds ${held.fingerprint}`;
}
