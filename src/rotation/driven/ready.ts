import type { Pin } from '../../stores/store.js';
import { RotorError } from '../errors.js';
import type { Secret } from '../secret.js';
import { bogusToken, tokenKey } from '../tokens.js';
import type { Acceptance } from '../world.js';
import { acceptedByAll, refusedByAll } from '../world.js';
import { currentIn, lookAt, type Seen, type Step } from './step.js';

export type Ready = Seen & { readonly inForce: Secret; readonly current: Pin };

/** Before anything is changed: the token in force is known and accepted, a random one refused, nothing under way. */
export async function assertReady(step: Step): Promise<Ready> {
  const seen = await lookAt(step);
  if (seen.view.busy !== undefined) {
    throw new RotorError('upstream_busy', seen.view.busy, {
      effect: 'not_applied',
      hint: 'Nothing was changed. The step can be called again once it has ended.',
    });
  }
  const current = await currentIn(step);
  const inForce = await tokenInForce(seen, current, step);
  const { prober, policy } = step.ports;
  const tokens = [inForce, bogusToken()];
  const [known, bogus] = await prober.probe(seen.apmUrl, tokens, policy.probes, step.signal);
  assertAuthenticates(bogus);
  if (refusedByAll(known)) throw refusedInForce(inForce, seen);
  if (!acceptedByAll(known)) throw unclear(`the token in force, ${inForce.fingerprint}`, known);
  return { ...seen, inForce, current };
}

/** Throws where the APM Server lets anyone in, or gives no clear answer: nothing it says of a token is a proof then. */
export function assertAuthenticates(bogus: Acceptance | undefined): void {
  if ((bogus?.accepted ?? 0) > 0) {
    throw new RotorError(
      'authentication_open',
      'the APM Server accepted a random token: its authentication is switched off, so no rotation could be verified',
      { hint: 'Set a secret token on the APM Server; the step can then be called again.' },
    );
  }
  if (!refusedByAll(bogus)) throw unclear('a random token', bogus);
}

/** A token that is in force and not in the store is put beside what is there, before it is replaced. */
export async function keepOld({ inForce, current }: Ready, step: Step): Promise<void> {
  if (inForce.fingerprint === current.fingerprint) return;
  const { version, ports, signal } = step;
  await ports.store.stage(tokenKey(version, inForce), inForce, current.version, signal);
}

async function tokenInForce({ issuer, view }: Seen, current: Pin, step: Step): Promise<Secret> {
  if (view.current !== 'unreadable') return view.current;
  if (issuer.kind === 'caller-chosen') return step.ports.store.read(current.version, step.signal);
  throw new RotorError(
    'token_unreadable',
    'the issuer does not show the token in force, so a lost reply could not be recovered',
    { effect: 'not_applied', hint: 'Give the credential a role that may read the plan.' },
  );
}

function refusedInForce({ fingerprint }: Secret, { view }: Seen): RotorError {
  const whose = view.current === 'unreadable' ? 'the store holds' : 'the issuer shows';
  return new RotorError(
    'token_refused',
    `the token that ${whose}, ${fingerprint}, is refused by the APM Server`,
    {
      effect: 'not_applied',
      hint: 'Nothing was changed. Find out which token the APM Server runs with, store it, and call again.',
    },
  );
}

function unclear(what: string, seen: Acceptance | undefined): RotorError {
  const { accepted, refused, unclear: none } = seen ?? { accepted: 0, refused: 0, unclear: 1 };
  if (accepted > 0 && refused > 0) {
    const said = `${accepted} fresh connections accepted ${what} and ${refused} refused it`;
    return new RotorError('instances_disagree', `${said}: the APM Server's instances disagree`, {
      hint: 'The step can be called again once all instances run with one token.',
    });
  }
  const of = accepted + refused + none;
  return new RotorError(
    'upstream_unreachable',
    `${none} of ${of} fresh connections to the APM Server gave no clear answer for ${what}`,
    { hint: 'Check that its URL is reachable from here and that its certificate is trusted.' },
  );
}
