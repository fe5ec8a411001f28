import { RotorError } from '../../rotation/errors.js';
import { Secret } from '../../rotation/secret.js';
import type { SeenToken } from '../issuer.js';
import type { PackagePolicy, PolicyInput } from './schemas.js';
import { agentPolicyIds } from './select.js';

export const CHANGE_AT_THE_SOURCE =
  'Change the token where that configuration takes it from (the Kubernetes Secret, or kibana.yml) and restart Kibana.';

/** The input that becomes the APM Server. Throws `not_rotatable` where the policy has none. */
export function apmInputOf(policy: PackagePolicy, label: string): PolicyInput {
  const input = policy.inputs.find(({ type }) => type === 'apm');
  if (input === undefined) throw withoutApm(label);
  return input;
}

/** Throws `not_rotatable` where no token can be set, `resource_unavailable` where no APM Server would come of it. */
export function assertRotatable(policy: PackagePolicy, label: string): void {
  const input = apmInputOf(policy, label);
  if (isTokenFrozen(input)) throw frozenFault(label);
  const isOff = policy.enabled === false || input.enabled === false;
  if (!isOff && agentPolicyIds(policy).length > 0) return;
  const found = isOff ? 'is switched off' : 'belongs to no agent policy';
  throw new RotorError('resource_unavailable', `${label}: this integration policy ${found}.`, {
    hint: 'No Elastic Agent runs an APM Server for it: select another policy, or put this one to use in Fleet.',
  });
}

export function isTokenFrozen(input: PolicyInput): boolean {
  return input.vars?.['secret_token']?.frozen === true;
}

/** Why nothing can be written to a policy whose token Kibana's own configuration sets. */
export function frozenSentence(label: string): string {
  return (
    `${label}: its secret_token is frozen: the configuration of Kibana sets it (xpack.fleet.agentPolicies), and Kibana ` +
    'would put that value back when it starts.'
  );
}

export function frozenFault(label: string): RotorError {
  return notRotatable(frozenSentence(label), CHANGE_AT_THE_SOURCE);
}

function withoutApm(label: string): RotorError {
  return notRotatable(
    `${label}: this integration policy has no input of type apm, so there is no secret token in it.`,
    'Name the policy of the Elastic APM integration with select.policy.',
  );
}

function notRotatable(message: string, hint: string): RotorError {
  return new RotorError('not_rotatable', message, { effect: 'not_applied', hint });
}

/**
 * Throws `upstream_malformed` where the variable is not there at all, which elastic/integrations
 * packages/apm/manifest.yml declares: an answer without it says nothing of the token, while one whose value is hidden
 * or empty says that Fleet shows none.
 */
export function tokenOf(input: PolicyInput, label: string): SeenToken {
  const variable = input.vars?.['secret_token'];
  if (variable === undefined) throw withoutVariable(label);
  const { value } = variable;
  return typeof value === 'string' && value !== '' ? new Secret(value) : 'unreadable';
}

function withoutVariable(label: string): RotorError {
  return new RotorError(
    'upstream_malformed',
    `${label}: Kibana showed the policy without its variable secret_token, which the APM integration declares.`,
    {
      hint: 'Rotor looks again. If this goes on, set Secret token in the APM integration in Kibana and save it.',
    },
  );
}

/** What the policy tells to agents, where that is an address over TLS. */
export function toldUrls(input: PolicyInput): string[] {
  const told = input.vars?.['url']?.value;
  return typeof told === 'string' && URL.parse(told)?.protocol === 'https:' ? [told] : [];
}

/**
 * What is configured, or else what the policy tells to agents: a text for people, `http://localhost:8200` unless it was
 * changed. Throws `resource_unavailable` where there is none, `insecure_endpoint` where it is not https.
 */
export function apmUrlOf(input: PolicyInput, configured: string | undefined, label: string): string {
  const told = configured ?? input.vars?.['url']?.value;
  if (typeof told !== 'string' || told === '') {
    throw new RotorError('resource_unavailable', `${label}: the policy tells no URL of the APM Server.`, {
      hint: 'Set the URL in the integration, or apmServer.url in the configuration of the rotation.',
    });
  }
  const url = URL.parse(told);
  if (url?.protocol === 'https:') return told;
  const found = url === null ? 'a URL that cannot be parsed' : `${url.protocol}//${url.host}`;
  const teller = configured === undefined ? 'the policy tells' : 'the configuration names';
  throw new RotorError(
    'insecure_endpoint',
    `${label}: ${teller} ${found} for the APM Server, expected https.`,
    { hint: 'Rotor sends no token without TLS: set apmServer.url to the https address that agents use.' },
  );
}
