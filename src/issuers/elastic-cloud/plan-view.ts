import type { IssuerView, SeenToken } from '../issuer.js';
import { Secret } from '../../rotation/secret.js';
import { apmUrlOf, otherApmUrlsOf } from './apm-url.js';
import { labelOf } from './apm-resource.js';
import type { ApmResource, Deployment, PlanAttempt } from './schemas.js';

/** What the plans of the deployment say about the resource. Throws where no https address is told. */
export function viewOf(
  deployment: Deployment,
  resource: ApmResource,
  credentialExpires: Date | undefined,
): IssuerView {
  const { plan_info: plans, metadata } = resource.info;
  const current = plans.current ?? newest((plans.history ?? []).filter((attempt) => !hasFailed(attempt)));
  const busy = busyWith(deployment, resource);
  const failed = failedSince(current, plans.history ?? []);
  return {
    apmUrl: apmUrlOf(metadata ?? {}, labelOf(deployment, resource.ref_id)),
    alsoAt: otherApmUrlsOf(metadata ?? {}),
    current: tokenOf(current),
    ...(plans.pending && { pending: tokenOf(plans.pending) }),
    ...(busy !== undefined && { busy }),
    ...(current?.plan_attempt_id && { attempt: current.plan_attempt_id }),
    ...(failed !== undefined && { failedAttempt: failed }),
    precondition: '',
    ...(credentialExpires && { credentialExpires }),
  };
}

/** `X-Elastic-Api-Key-Expiration`; undefined where it is absent or no date. */
export function credentialExpiry(header: string | string[] | undefined): Date | undefined {
  if (typeof header !== 'string') return undefined;
  const date = new Date(header);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** A plan on any resource blocks: a change of one may roll the others. */
function busyWith(deployment: Deployment, resource: ApmResource): string | undefined {
  const pending = Object.entries(deployment.resources).flatMap(([kind, resources]) =>
    (resources ?? []).filter((one) => one.info?.plan_info?.pending).map((one) => `${kind} ${one.ref_id}`),
  );
  if (pending.length > 0) return `${deployment.name}: a plan is pending on ${pending.join(', ')}`;
  const { status } = resource.info;
  return status === 'started'
    ? undefined
    : `${labelOf(deployment, resource.ref_id)}: its status is ${status}`;
}

/** The newest attempt of all, where it failed and was made after the plan in force. */
function failedSince(current: PlanAttempt | undefined, history: readonly PlanAttempt[]): string | undefined {
  const last = newest(history);
  if (last === undefined || !hasFailed(last)) return undefined;
  if (current && startOf(last) <= startOf(current)) return undefined;
  return last.plan_attempt_id ?? undefined;
}

/** By the last step, as elastic/cloud-sdk-go does (pkg/plan), or by the attempt's own word. */
function hasFailed({ healthy, plan_attempt_log: log }: PlanAttempt): boolean {
  const last = log?.at(-1);
  return healthy === false || (last?.step_id === 'plan-completed' && last.status === 'error');
}

function newest(attempts: readonly PlanAttempt[]): PlanAttempt | undefined {
  return attempts.toSorted((one, other) => startOf(one) - startOf(other)).at(-1);
}

function startOf({ attempt_start_time: start }: PlanAttempt): number {
  const time = Date.parse(start ?? '');
  return Number.isNaN(time) ? 0 : time;
}

function tokenOf(attempt: PlanAttempt | undefined): SeenToken {
  const plan = attempt?.plan;
  const configurations = [plan?.apm, ...(plan?.cluster_topology ?? []).map((element) => element.apm)];
  const text = configurations.map((one) => one?.system_settings?.secret_token).find((token) => token);
  return text && !isMasked(text) ? new Secret(text) : 'unreadable';
}

function isMasked(text: string): boolean {
  return /^[*•·.]+$|^\W*redacted\W*$/i.test(text);
}
