import type { Pin } from '../../stores/store.js';
import { RotorError } from '../errors.js';
import type { Secret } from '../secret.js';
import { bogusToken } from '../tokens.js';
import type { Acceptance } from '../world.js';
import { acceptedByAll, refusedByAll } from '../world.js';
import { assertAuthenticates } from './ready.js';
import { shownInstead } from './setting.js';
import { currentIn, lookAt, shownBy, type Seen, type Step } from './step.js';

/**
 * Resolves once the issuer shows the token and K fresh connections each accept it, refuse the one of before and refuse
 * a random one. Waits as long as the call may; then throws what is still missing, to be called again.
 */
export async function assertAccepted(held: Secret, step: Step): Promise<void> {
  for (;;) {
    const missing = await look(held, step);
    if (!missing) return;
    const { clock, ports, waitUntil, signal } = step;
    if (clock.now() + ports.policy.probeIntervalMs > waitUntil) throw missing;
    await clock.sleep(ports.policy.probeIntervalMs, signal);
  }
}

async function look(held: Secret, step: Step): Promise<RotorError | undefined> {
  const seen = await lookAt(step);
  const shown = shownBy(seen);
  if (shown !== 'unreadable' && shown.fingerprint !== held.fingerprint) {
    return shownInstead(held, shown, step);
  }
  if (seen.view.pending !== undefined) return notYet(held, 'its plan is being applied');
  return probed(held, seen, step);
}

async function probed(held: Secret, seen: Seen, step: Step): Promise<RotorError | undefined> {
  const { ports, signal } = step;
  const old = await oldToken(held, await currentIn(step), step);
  const tokens = [held, bogusToken(), ...(old ? [old] : [])];
  const answers = await ports.prober.probe(seen.apmUrl, tokens, ports.policy.probes, signal);
  const [fresh, bogus, previous] = answers;
  assertAuthenticates(bogus);
  if (!acceptedByAll(fresh)) return notYet(held, seen.view.rejected ?? counted(fresh, 'accept it'));
  if (old && !refusedByAll(previous)) {
    return notYet(held, `${old.fingerprint}, the token of before: ${counted(previous, 'accept it still')}`);
  }
  const intake = await ports.prober.tryIntake(seen.apmUrl, held, signal);
  return acceptedByAll(intake) ? undefined : notYet(held, 'the route that agents use does not take it');
}

/** Where AWS only tries the set-up, the announced version may hold what is current: no other token is to be refused. */
async function oldToken(held: Secret, current: Pin, { ports, signal }: Step): Promise<Secret | undefined> {
  if (current.fingerprint === held.fingerprint) return undefined;
  return ports.store.read(current.version, signal);
}

function counted(seen: Acceptance | undefined, what: string): string {
  const { accepted, refused, unclear } = seen ?? { accepted: 0, refused: 0, unclear: 0 };
  return `of ${accepted + refused + unclear} fresh connections ${accepted} ${what}`;
}

function notYet({ fingerprint }: Secret, why: string): RotorError {
  return new RotorError(
    'not_accepted',
    `${fingerprint} is not accepted by the whole APM Server yet: ${why}`,
    {
      hint: 'Call again: what is current stays as it is until then.',
    },
  );
}
