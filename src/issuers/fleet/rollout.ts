import { asRotorError } from '../../rotation/errors.js';
import type { IssuerView } from '../issuer.js';
import type { FleetApi } from './api.js';
import type { FleetAgent, PackagePolicy } from './schemas.js';
import { agentPolicyIds } from './select.js';
import type { Veil } from './veil.js';

type Rollout = Pick<IssuerView, 'progress' | 'rejected'>;
type Seat = { readonly agent: FleetAgent; readonly revision: number };

/** They come back by themselves or never: nobody waits for them. */
const AWAY = new Set(['offline', 'inactive', 'unenrolled', 'uninstalled', 'orphaned']);

/**
 * How far the Elastic Agents are with the policy as it is now. For people: an agent acknowledges a revision before it
 * has loaded it, and some versions never acknowledge (elastic/elastic-agent#13950). Throws only when the signal aborts.
 */
export async function rolloutOf(
  policy: PackagePolicy,
  space: string,
  { api, veil }: { api: FleetApi; veil: Veil },
  signal: AbortSignal,
): Promise<Rollout> {
  try {
    const perPolicy = await Promise.all(agentPolicyIds(policy).map((id) => seatsOf(id, space, api, signal)));
    return describe(perPolicy.flat(), veil);
  } catch (cause) {
    if (signal.aborted) throw cause;
    const { message, hint } = asRotorError(cause);
    return {
      progress: `It cannot be seen how far the Elastic Agents are: ${message}${hint ? ` ${hint}` : ''}`,
    };
  }
}

async function seatsOf(id: string, space: string, api: FleetApi, signal: AbortSignal): Promise<Seat[]> {
  const [revision, agents] = await Promise.all([
    api.agentPolicyRevision(id, space, signal),
    api.agents(id, space, signal),
  ]);
  return agents.map((agent) => ({ agent, revision }));
}

function describe(seats: readonly Seat[], veil: Veil): Rollout {
  const present = seats.filter(({ agent }) => !AWAY.has(agent.status ?? ''));
  const arrived = present.filter(({ agent, revision }) => (agent.policy_revision ?? 0) >= revision);
  const unhealthy = arrived.filter(({ agent }) => apmUnits(agent).some(({ status }) => status !== 'HEALTHY'));
  const revisions = [...new Set(seats.map(({ revision }) => revision))];
  const named = revisions.length === 1 ? `revision ${revisions[0]}` : 'the newest revision';
  const parts = [
    present.length === 0
      ? 'No Elastic Agent of the policy is online'
      : `${arrived.length} of ${present.length} Elastic Agents run ${named} of their policy`,
    ...(unhealthy.length > 0 ? [`the APM input of ${unhealthy.length} is not healthy yet`] : []),
    ...(seats.length > present.length ? [`${seats.length - present.length} offline`] : []),
  ];
  const rejected = rejectedBy(arrived, veil);
  return { progress: `${parts.join('; ')}.`, ...(rejected !== undefined && { rejected }) };
}

function rejectedBy(arrived: readonly Seat[], veil: Veil): string | undefined {
  for (const { agent, revision } of arrived) {
    const failed = apmUnits(agent).find(({ status }) => status === 'FAILED');
    if (failed) {
      const said = failed.message ? `: ${veil.cover(failed.message)}` : ' without saying why';
      return `An Elastic Agent with revision ${revision} of its policy could not load the APM input${said}`;
    }
  }
  return undefined;
}

function apmUnits({ components }: FleetAgent): { status: string; message?: string | null | undefined }[] {
  const apm = (components ?? []).filter(({ type }) => type === 'apm');
  return apm.flatMap(({ units }) => units ?? []).filter(({ type }) => type === 'input');
}
