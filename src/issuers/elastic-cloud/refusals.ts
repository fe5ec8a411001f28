import { answerFault, type UpstreamError } from '../../http/faults.js';
import type { HttpReply, Site } from '../../http/reply.js';
import { RotorError, type Code } from '../../rotation/errors.js';
import { failedReply } from './schemas.js';

/** The swagger's BasicFailedReply; undefined for anything else, such as the JSON of a proxy. */
export function readErrors(json: unknown): readonly UpstreamError[] | undefined {
  return failedReply.safeParse(json).data?.errors;
}

const GONE = /^deployments\.deployment(_resource)?_not_found$/;

const HINTS: Partial<Record<Code, string>> = {
  upstream_unauthenticated: 'Check the API key: it is wrong, was deleted, or has expired.',
  // terraform-provider-ec reads a 403 as "not found" (ec/ecresource/deploymentresource/read.go), so it says little.
  upstream_forbidden:
    'Check the deployment and the organization, roles and expiry of the API key in the Elastic Cloud console.',
  upstream_elevation_required:
    'Elastic Cloud Enterprise up to 3.5 asks for elevated permissions here; use a key of a user who has them.',
  upstream_busy: 'Wait for the plan to end; Rotor never cancels one.',
};

/** A refusal of the Cloud API. `upstream_not_found` only where the API itself says that it is gone. */
export function cloudFault(reply: HttpReply, site: Site): RotorError {
  const fault = answerFault(reply, site, readErrors);
  const code = isUnconfirmed404(reply) ? 'upstream_rejected' : fault.code;
  const hint = HINTS[code];
  return new RotorError(code, explain(code, fault.message), {
    effect: fault.effect,
    ...(hint !== undefined && { hint }),
    ...(fault.retryAfterMs !== undefined && { retryAfterMs: fault.retryAfterMs }),
  });
}

/** Another 404, of a wrong base path or of a proxy, is no evidence that a deployment has gone. */
function isUnconfirmed404(reply: HttpReply): boolean {
  return reply.status === 404 && !(readErrors(reply.json) ?? []).some(({ code }) => GONE.test(code));
}

function explain(code: Code, message: string): string {
  if (code !== 'upstream_forbidden') return message;
  return `${message} It may be absent, belong to another organization, or the API key has expired or lacks the role.`;
}

export function notRotatable(label: string, mode: string): RotorError {
  return new RotorError(
    'not_rotatable',
    `${label}: ${mode}: _reset-token works for standalone APM only, and this token lives in the APM integration of Kibana Fleet.`,
    {
      effect: 'not_applied',
      hint: 'Use `issuer: auto` (the default) or `issuer: fleet`, with `kibana` credentials that may edit Fleet policies.',
    },
  );
}
