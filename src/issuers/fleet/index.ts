import { RotorError } from '../../rotation/errors.js';
import type { Secret } from '../../rotation/secret.js';
import type { IssuerView, Resource, SettableIssuer } from '../issuer.js';
import {
  apmInputOf,
  apmUrlOf,
  assertRotatable,
  frozenFault,
  frozenSentence,
  isTokenFrozen,
  toldUrls,
  tokenOf,
} from './apm-input.js';
import { DEFAULT_SPACE, FleetApi, type FleetApiDeps, type PolicyAddress } from './api.js';
import { rolloutOf } from './rollout.js';
import { assertTaken, policyWithToken } from './saving.js';
import { selectPolicy } from './select.js';
import { Veil } from './veil.js';

export type FleetConfig = {
  /** Id or name of the integration policy; needed where several of Elastic APM are seen. */
  readonly policy?: string;
  /** The default space where it is absent. */
  readonly space?: string;
  /** Instead of the URL that the policy tells. */
  readonly apmUrl?: string;
  /** Other addresses of the same APM Server. */
  readonly alsoAt?: readonly string[];
};

export type FleetDeps = FleetApiDeps & {
  /** What names this Kibana in the key of the resource: its host, unless it is known by something that lasts. */
  readonly identity?: string;
};

/**
 * APM managed by Elastic Agent: the token is a variable of the integration policy of Elastic APM in Kibana Fleet
 * (8.1 or newer). A save applies only to the version of the policy that was looked at.
 */
export function createFleetIssuer(config: FleetConfig, deps: FleetDeps): SettableIssuer {
  return new FleetIssuer(config, deps);
}

class FleetIssuer implements SettableIssuer {
  readonly kind = 'caller-chosen';
  readonly #config: FleetConfig;
  readonly #api: FleetApi;
  readonly #identity: string;
  readonly #veil = new Veil();

  constructor(config: FleetConfig, deps: FleetDeps) {
    this.#config = config;
    this.#api = new FleetApi(deps);
    this.#identity = deps.identity ?? deps.http.host;
  }

  async resolve(signal: AbortSignal): Promise<Resource> {
    const { policy: wanted, space = DEFAULT_SPACE } = this.#config;
    const found = await this.#api.apmPolicies(space, signal);
    const policyId = selectPolicy(found, wanted, { host: this.#api.host, space });
    const policy = await this.#api.policy({ policyId, space }, signal);
    const label = `${policy.name} / ${space}`;
    assertRotatable(policy, label);
    return { key: `fleet:${this.#identity}/${policyId}`, label, address: { policyId, space } };
  }

  async inspect(resource: Resource, signal: AbortSignal): Promise<IssuerView> {
    const address = addressOf(resource);
    const policy = await this.#api.policy(address, signal);
    const input = apmInputOf(policy, resource.label);
    const current = tokenOf(input, resource.label);
    if (current !== 'unreadable') this.#veil.learn(current);
    return {
      apmUrl: apmUrlOf(input, this.#config.apmUrl, resource.label),
      alsoAt: [...(this.#config.alsoAt ?? []), ...toldUrls(input)],
      current,
      attempt: policy.version,
      precondition: policy.version,
      ...(isTokenFrozen(input) && { moved: frozenSentence(resource.label) }),
      ...(await rolloutOf(policy, address.space, { api: this.#api, veil: this.#veil }, signal)),
    };
  }

  async set(resource: Resource, token: Secret, precondition: string, signal: AbortSignal): Promise<void> {
    const { label } = resource;
    if (token.isEmpty) throw emptyToken(label);
    this.#veil.learn(token);
    const address = addressOf(resource);
    const stored = await this.#api.policy(address, signal);
    if (isTokenFrozen(apmInputOf(stored, label))) throw frozenFault(label);
    if (stored.version !== precondition) throw savedSince(label);
    assertTaken(await this.#api.save(address, policyWithToken(stored, token, label), signal), token, label);
  }
}

function addressOf({ address, label }: Resource): PolicyAddress {
  const { policyId, space } = address;
  if (policyId && space) return { policyId, space };
  throw new RotorError('internal', `${label}: its address lacks a policy id or a space.`, {
    effect: 'not_applied',
  });
}

/** An empty token would switch the APM Server's authentication off. */
function emptyToken(label: string): RotorError {
  return new RotorError('token_unusable', `${label}: an empty token cannot be set.`, {
    effect: 'not_applied',
  });
}

function savedSince(label: string): RotorError {
  return new RotorError('upstream_busy', `${label}: the policy was saved since it was looked at.`, {
    effect: 'not_applied',
    hint: 'Nothing was written; Rotor looks again first.',
  });
}
