import type { Resource, SettableIssuer } from '../../issuers/issuer.js';
import { asRotorError, RotorError } from '../errors.js';
import type { Secret } from '../secret.js';
import { acceptedByAll } from '../world.js';
import { assertReady, keepOld } from './ready.js';
import { currentIn, heldIn, lookAt, shownBy, type Seen, type Step } from './step.js';

/** Puts the token of the announced version in force where Rotor may choose it; a reset has done so already. */
export async function setSecret(step: Step): Promise<string> {
  const held = await heldIn(step);
  const seen = await lookAt(step);
  return seen.issuer.kind === 'server-chosen'
    ? assertComing(held, seen, step)
    : set(held, { ...seen, issuer: seen.issuer }, step);
}

/** Throws where the plan that was to bring the token is not there, or somebody has changed the token since. */
async function assertComing(held: Secret, seen: Seen, step: Step): Promise<string> {
  const shown = shownBy(seen);
  if (shown === 'unreadable' || shown.fingerprint === held.fingerprint) {
    return `${held.fingerprint} is ${seen.view.pending === undefined ? 'in force' : 'on its way'}`;
  }
  throw await shownInstead(held, shown, step);
}

/** Why a version cannot be finished: the issuer is on another token than the one that it holds, for good. */
export async function shownInstead(held: Secret, shown: Secret, step: Step): Promise<RotorError> {
  const current = await currentIn(step);
  const { announced } = step.ports;
  if (shown.fingerprint === current.fingerprint) {
    return new RotorError(
      'not_accepted',
      `the issuer shows ${shown.fingerprint}, which is current in the store, and not ${held.fingerprint}: the change that ` +
        'was to bring it has not gone through, or is not listed yet',
      { hint: `Call again. Where it stays so: ${announced.howToEnd(step.version)}` },
    );
  }
  return new RotorError(
    'not_accepted',
    `the issuer shows ${shown.fingerprint}, which somebody else has set, and not ${held.fingerprint}; a version of a ` +
      'secret cannot be changed',
    { hint: `Store the token in force: rotor adopt. ${announced.howToEnd(step.version)}` },
  );
}

type Settable = Seen & { readonly issuer: SettableIssuer };

/** Written until a definite success: a save may have come through by half, so to see our token is not enough. */
async function set(held: Secret, { resource, issuer, view, apmUrl }: Settable, step: Step): Promise<string> {
  const { ports, signal } = step;
  const shown = view.current;
  if (shown === 'unreadable' || shown.fingerprint === held.fingerprint) {
    const [seen] = await ports.prober.probe(apmUrl, [held], ports.policy.probes, signal);
    if (acceptedByAll(seen)) return `${held.fingerprint} is in force already`;
  }
  if (shown === 'unreadable' || shown.fingerprint !== held.fingerprint) {
    await keepOld(await assertReady(step), step);
  }
  try {
    await issuer.set(resource, held, view.precondition, signal);
  } catch (error) {
    const fault = asRotorError(error);
    if (fault.code === 'token_not_taken') await putBack(issuer, resource, step);
    throw fault;
  }
  return `${held.fingerprint} is set`;
}

/** What was kept in its place is a token that nobody knows: better the one that the agents have. */
async function putBack(issuer: SettableIssuer, resource: Resource, step: Step): Promise<void> {
  const { ports, signal } = step;
  const { version } = await currentIn(step);
  const previous = await ports.store.read(version, signal);
  const { precondition } = await issuer.inspect(resource, signal);
  await issuer.set(resource, previous, precondition, signal);
}
