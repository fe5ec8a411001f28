import { answerFault, type UpstreamError } from '../../http/faults.js';
import type { HttpReply, Site } from '../../http/reply.js';
import { RotorError, type Code } from '../../rotation/errors.js';
import { CHANGE_AT_THE_SOURCE } from './apm-input.js';
import { kibanaError } from './schemas.js';

/**
 * What each request needs in Kibana 8.1 and newer (elastic/kibana x-pack/platform/plugins/shared/fleet/common/authz.ts:
 * `integrations.writeIntegrationPolicies` asks for both of its two).
 */
const PRIVILEGES = {
  'read policy': 'Fleet > Agent policies: Read and Integrations: Read',
  'write policy': 'Fleet > Agent policies: All and Integrations: All',
  'read agent policy': 'Fleet > Agent policies: Read',
  'read agents': 'Fleet > Agents: Read',
} as const;

export type Purpose = {
  readonly privilege: keyof typeof PRIVILEGES;
  readonly space: string;
  /** The integration policy that the request is about, where it is about one. */
  readonly policyId?: string;
};

/** A refusal of Kibana. `upstream_not_found` only where Kibana itself names the integration policy that is absent. */
export function fleetFault(reply: HttpReply, site: Site, purpose: Purpose): RotorError {
  const said = kibanaMessage(reply);
  const fault = answerFault(reply, site, readErrors);
  const code = codeOf(reply, fault.code, said, purpose);
  const hint = hintFor(code, purpose);
  return new RotorError(code, `${fault.message}${explained(reply, said)}`, {
    effect: provesNothingDone(reply, said, purpose) ? 'not_applied' : 'unknown',
    ...(hint !== undefined && { hint }),
    ...(fault.retryAfterMs !== undefined && { retryAfterMs: fault.retryAfterMs }),
  });
}

/** Kibana's own error shape; undefined for anything else, such as the JSON of a proxy. */
function kibanaMessage({ status, json }: HttpReply): string | undefined {
  const error = kibanaError.safeParse(json).data;
  return error?.statusCode === status ? error.message : undefined;
}

function readErrors(json: unknown): readonly UpstreamError[] | undefined {
  const error = kibanaError.safeParse(json).data;
  return error && [{ code: error.error, message: error.message }];
}

function codeOf(reply: HttpReply, usual: Code, said: string | undefined, purpose: Purpose): Code {
  // Another 404, of a wrong base path or of a proxy, is no evidence that a policy has gone.
  if (reply.status === 404 && !saysGone(said, purpose)) return 'upstream_rejected';
  return frozenVariable(said) === 'secret_token' ? 'not_rotatable' : usual;
}

/** The words of Fleet's handler, and those of the saved objects underneath. */
function saysGone(said: string | undefined, { policyId }: Purpose): boolean {
  if (said === undefined || policyId === undefined) return false;
  const objects = ['ingest', 'fleet'].map(
    (prefix) => `Saved object [${prefix}-package-policies/${policyId}] not found`,
  );
  return [`Package policy ${policyId} not found`, ...objects].includes(said);
}

/**
 * Of a write: Fleet saves the policy first and bumps the agent policies after that, and most of its errors are a 400
 * whichever of the two failed (server/services/package_policy.ts, server/errors/handlers.ts). So a refusal is proof only
 * where its words belong to a check before the save.
 */
function provesNothingDone(reply: HttpReply, said: string | undefined, purpose: Purpose): boolean {
  if (said === undefined) return false;
  switch (reply.status) {
    case 400:
      return BEFORE_THE_SAVE.some((pattern) => pattern.test(said));
    case 401:
    case 403:
      return true;
    case 404:
      return saysGone(said, purpose);
    case 409:
      return !/agent-policies\//.test(said);
    default:
      return false;
  }
}

const FROZEN = /^(\w+) is a frozen variable and cannot be modified/;
const BEFORE_THE_SAVE = [FROZEN, /^\[request body/, /^Cannot update package policy /, /kbn-xsrf header/];

function frozenVariable(said: string | undefined): string | undefined {
  return said === undefined ? undefined : FROZEN.exec(said)?.[1];
}

/** Names of keys and variables only: the rest of what Kibana says may quote a value. */
function explained(reply: HttpReply, said: string | undefined): string {
  if (reply.status !== 400 || said === undefined) return '';
  const frozen = frozenVariable(said);
  if (frozen !== undefined) return ` The variable ${frozen} is frozen by the configuration of Kibana.`;
  const unknown = [...said.matchAll(/\[request body\.(?:\d+\.)?([\w.-]{1,80})\]: definition for this key/g)];
  const keys = [...new Set(unknown.map(([, key]) => key))].slice(0, 5);
  return keys.length === 0 ? '' : ` It does not know ${keys.join(', ')}.`;
}

function hintFor(code: Code, { privilege, space }: Purpose): string | undefined {
  const hints: Partial<Record<Code, string>> = {
    upstream_unauthenticated:
      'Check the API key, or the user and password: it must belong to the Elasticsearch of this Kibana, since a key of ' +
      'Elastic Cloud opens no Kibana, and it may have expired.',
    upstream_forbidden: `Give its role ${PRIVILEGES[privilege]} in Kibana, best in all spaces; before 8.1 only a superuser may do this.`,
    upstream_not_found: `Check the space: the request asked in ${space}, and a policy is seen only from its own spaces.`,
    upstream_busy: 'Somebody saved the policy meanwhile; look again before the next write.',
    upstream_rejected:
      'Check that the address is that of Kibana, with its base path, and that this version of Rotor knows that of Kibana.',
    not_rotatable: CHANGE_AT_THE_SOURCE,
  };
  return hints[code];
}
