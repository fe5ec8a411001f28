import type { Pin } from '../../stores/store.js';
import { asRotorError } from '../errors.js';
import type { Secret } from '../secret.js';
import { tokenKey } from '../tokens.js';
import { refusedByAll } from '../world.js';
import { assertAccepted } from './acceptance.js';
import { intentKeys } from './intent.js';
import { currentIn, heldIn, lookAt, type Step } from './step.js';

/** Makes the announced version current, and only what the APM Server accepts now. */
export async function finishSecret(step: Step): Promise<string> {
  const held = await heldIn(step);
  await assertAccepted(held, step);
  const said = await promote(held, step);
  await forgetIntents(step);
  await releaseLabels(step);
  return said;
}

/** Of this rotation alone: another one may be going on when an old call is repeated. */
export async function forgetIntents({ version, ports, signal }: Step): Promise<void> {
  const keys: readonly string[] = intentKeys(version);
  const kept = await ports.notes.kept(signal);
  for (const { key } of kept.filter((note) => keys.includes(note.key))) await ports.notes.erase(key, signal);
}

/** Labels that have served are taken off: the current version is kept by AWS's own, a refused token by none. */
async function releaseLabels(step: Step): Promise<void> {
  const { ports, signal } = step;
  const { current, staged } = await ports.store.heads(signal);
  const others = staged.filter(({ version }) => version !== current?.version);
  const tokens = await Promise.all(others.map(async ({ version }) => ports.store.read(version, signal)));
  const { apmUrl } = await lookAt(step);
  const { probes } = ports.policy;
  const answers = tokens.length === 0 ? [] : await ports.prober.probe(apmUrl, tokens, probes, signal);
  const served = staged.filter((pin) => {
    return pin.fingerprint === current?.fingerprint || refusedByAll(answers[others.indexOf(pin)]);
  });
  for (const { version } of served) await ports.store.release(version, signal);
}

async function promote(held: Secret, step: Step): Promise<string> {
  const { version, ports, signal } = step;
  const { store } = ports;
  const current = await currentIn(step);
  try {
    await store.promote(version, current.version, signal);
    return `${held.fingerprint} is current`;
  } catch (error) {
    if (asRotorError(error).code !== 'store_conflict') throw error;
  }
  // Other keys of the secret were edited since, and a version cannot be changed: another one takes them over.
  const base = await currentIn(step);
  if (base.fingerprint === held.fingerprint) return carriedBy(base, step);
  // Somebody has made another token current meanwhile: what was accepted before need not be any more.
  if (base.fingerprint !== current.fingerprint) await assertAccepted(held, step);
  const pin = await store.stage(tokenKey(version, held, base.version), held, base.version, signal);
  await store.promote(pin.version, base.version, signal);
  return carriedBy(pin, step);
}

/** What the rotation is for is done, by another version than the announced one. */
async function carriedBy(pin: Pin, { version, ports, signal }: Step): Promise<string> {
  await ports.announced.dismiss(version, signal);
  return `${pin.fingerprint} is current, in version ${pin.version} with the other keys of the secret as they are now`;
}
