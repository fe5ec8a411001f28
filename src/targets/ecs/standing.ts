import type { Deployment, Service } from '@aws-sdk/client-ecs';
import type { Millis } from '../../rotation/run.js';
import type { Fingerprint } from '../../rotation/secret.js';

/**
 * What a delivery leaves on a service, as tags. `after` is written before the deployment is asked for and names the one
 * that was there: whatever has its place later was started with the token in the store, by this Rotor or by anybody.
 *
 * `by` is the run: a token may come back after another one, of which nothing shows here where its delivery did not get
 * this far, and tasks that started in between have that one. So the mark of another run is no proof to who delivers, and
 * one run after another with the same token costs a restart; who only looks takes it for one.
 */
type Mark = { readonly fingerprint: string; readonly by: string | undefined } & (
  { readonly after: string } | { readonly deployment: string; readonly since: Millis }
);

/** Of whom a mark is. `run` absent: whichever run has left it. */
export type Marking = {
  readonly rotation: string;
  readonly fingerprint: Fingerprint;
  readonly run?: string | undefined;
};

/** How a service stands towards a token. */
export type Standing =
  /** No deployment was started for the token. */
  | { readonly is: 'untouched' }
  /** Every task that was created since reads the token; `isMarked`: and the tags say so. */
  | {
      readonly is: 'deployed';
      readonly since: Millis;
      readonly isMarked: boolean;
      readonly deployment: string;
    }
  | { readonly is: 'given_up'; readonly why: string };

/** Reads lag behind writes for a moment: until then a deployment that is not shown may still come. */
const SHOWN_WITHIN_MS = 60_000;

export function standingOf(service: Service, { rotation, fingerprint, run }: Marking, now: Millis): Standing {
  const mark = markOn(service, rotation);
  const primary = primaryOf(service);
  if (mark?.fingerprint !== fingerprint || primary?.id === undefined) return { is: 'untouched' };
  if (run !== undefined && mark.by !== run) return { is: 'untouched' };
  if ('after' in mark) {
    if (primary.id === mark.after) return { is: 'untouched' };
    const since = primary.createdAt?.getTime() ?? now;
    return { is: 'deployed', since, isMarked: false, deployment: primary.id };
  }
  const why = whyGivenUp(service, primary, mark, now);
  if (why !== undefined) return { is: 'given_up', why };
  return { is: 'deployed', since: mark.since, isMarked: true, deployment: mark.deployment };
}

export function primaryOf({ deployments = [] }: Service): Deployment | undefined {
  return deployments.find(({ status }) => status === 'PRIMARY');
}

/** Before a deployment is asked for. */
export function intentTags(marking: Marking, service: Service): Record<string, string> {
  return {
    ...whose(marking),
    [keyOf(marking.rotation, 'deployment')]: `after ${primaryOf(service)?.id ?? 'none'}`,
  };
}

export function deployedTags(
  marking: Marking,
  { deployment, since }: { readonly deployment: string; readonly since: Millis },
): Record<string, string> {
  return {
    ...whose(marking),
    [keyOf(marking.rotation, 'deployment')]: `${deployment} ${new Date(since).toISOString()}`,
  };
}

function whose({ rotation, fingerprint, run }: Marking): Record<string, string> {
  return {
    [keyOf(rotation, 'token-fingerprint')]: fingerprint,
    ...(run !== undefined && { [keyOf(rotation, 'run')]: run }),
  };
}

/** Two rotations may have a service in common. */
function keyOf(rotation: string, what: 'token-fingerprint' | 'deployment' | 'run'): string {
  return `rotor:${rotation}:${what}`;
}

function markOn({ tags = [] }: Service, rotation: string): Mark | undefined {
  const valueOf = (what: Parameters<typeof keyOf>[1]): string | undefined =>
    tags.find(({ key }) => key === keyOf(rotation, what))?.value;
  const fingerprint = valueOf('token-fingerprint');
  const [first, second] = (valueOf('deployment') ?? '').split(' ');
  if (fingerprint === undefined || first === undefined || second === undefined) return undefined;
  const by = valueOf('run');
  if (first === 'after') return { fingerprint, by, after: second };
  const since = Date.parse(second);
  return Number.isNaN(since) ? undefined : { fingerprint, by, deployment: first, since };
}

/**
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html: without a rollback a
 * deployment that failed stays PRIMARY; with one, the deployment of before takes its place, and in the end the failed
 * one is no longer listed (https://github.com/aws-actions/amazon-ecs-deploy-task-definition/pull/860).
 */
function whyGivenUp(
  service: Service,
  primary: Deployment,
  { deployment, since }: Extract<Mark, { deployment: string }>,
  now: Millis,
): string | undefined {
  const ours = service.deployments?.find(({ id }) => id === deployment);
  const failed = [ours, primary].find((one) => one?.rolloutState === 'FAILED');
  if (failed) return failed.rolloutStateReason ?? `the rollout of deployment ${failed.id} has failed`;
  if (primary.id === deployment) return undefined;
  if (/rolling back/i.test(primary.rolloutStateReason ?? '')) return primary.rolloutStateReason;
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
  const event = service.events?.find(
    ({ message = '' }) => message.includes(deployment) && /failed|rolling back/i.test(message),
  );
  if (event) return event.message;
  const isOlder = primary.createdAt !== undefined && primary.createdAt.getTime() < since;
  if (!isOlder || ours || now - since < SHOWN_WITHIN_MS) return undefined;
  return `deployment ${deployment} is gone, and ${primary.id}, which is older, has its place`;
}
