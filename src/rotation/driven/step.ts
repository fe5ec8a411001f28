import type { Issuer, IssuerSource, IssuerView, Resource } from '../../issuers/issuer.js';
import type { DrivenStore } from '../../stores/driven-store.js';
import type { Pin, VersionId } from '../../stores/store.js';
import type { Prober } from '../../verification/probe.js';
import type { Clock } from '../clock.js';
import { RotorError } from '../errors.js';
import type { Policy } from '../policy.js';
import type { Millis } from '../run.js';
import type { Secret } from '../secret.js';

/** What one call of a rotation that the store drives works with. */
export type DrivenPorts = DrivenStore & {
  readonly issuers: IssuerSource;
  readonly prober: Prober;
  readonly policy: Policy;
  /** Where agents send to, where the operator knows better than the issuer. */
  readonly apmUrl?: string;
};

/** One call. It knows nothing of the calls before it but what labels, versions, issuer and APM Server show. */
export type Step = {
  readonly version: VersionId;
  readonly ports: DrivenPorts;
  readonly clock: Clock;
  /** Until when a step that has to wait may do so. */
  readonly waitUntil: Millis;
  readonly signal: AbortSignal;
};

export type Seen = {
  readonly resource: Resource;
  readonly issuer: Issuer;
  readonly view: IssuerView;
  readonly apmUrl: string;
};

/** Changes nothing. */
export async function lookAt({ ports, signal }: Step): Promise<Seen> {
  const resource = await ports.issuers.resolve(signal);
  const issuer = ports.issuers.of(resource);
  const view = await issuer.inspect(resource, signal);
  if (view.moved !== undefined) {
    throw new RotorError('mode_changed', view.moved, { hint: 'Call again: it is then set there.' });
  }
  return { resource, issuer, view, apmUrl: ports.apmUrl ?? view.apmUrl };
}

/** The token of the change that is on its way, else the one in force. */
export function shownBy({ view }: Seen): Secret | 'unreadable' {
  return view.pending ?? view.current;
}

/** Throws `store_missing` where there is none: a first version would be current before it was accepted. */
export async function currentIn({ ports, signal }: Step): Promise<Pin> {
  const { current } = await ports.store.heads(signal);
  if (current) return current;
  throw new RotorError('store_missing', `${ports.place} holds no current token.`, {
    effect: 'not_applied',
    hint: 'Its first version would be current before the APM Server has accepted it. Store the token in force first: rotor adopt.',
  });
}

/** Throws where the version is empty. */
export async function heldIn({ version, ports, signal }: Step): Promise<Secret> {
  const held = await ports.announced.held(version, true, signal);
  if (held) return held;
  throw new RotorError('not_possible', `version ${version} of ${ports.place} holds no token yet`, {
    hint: 'createSecret has to be called first, until it succeeds.',
    retryable: true,
  });
}
