import type { Deployment, Service, Task } from '@aws-sdk/client-ecs';
import type { Observation } from '../target.js';
import type { Settled } from './settled.js';
import { primaryOf, type Standing } from './standing.js';

/**
 * What the tasks of one service run with. A container reads its secrets once, when it starts
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html), so a task that was
 * created after the deployment was started has the token of then, whichever deployment it belongs to; converged when no
 * other task and no other deployment is left. `tasks` are asked for once the service is at rest, and until they were seen
 * so: before, the service counts them itself.
 */
export async function seenIn(
  service: Service,
  standing: Standing,
  settled: Settled,
  tasks: () => Promise<readonly Task[]>,
): Promise<Observation> {
  const { serviceName = '', status, desiredCount = 0, runningCount = 0, pendingCount = 0 } = service;
  const of = Math.max(desiredCount, runningCount + pendingCount);
  const failed = (why: string): Observation => ({
    state: 'failed',
    seen: 0,
    of,
    detail: `service ${serviceName}${why}`,
  });
  if (status !== 'ACTIVE') return failed(` is ${status}`);
  if (standing.is === 'untouched') return { state: 'pending', seen: 0, of, other: of };
  if (standing.is === 'given_up') return failed(`: ${standing.why}`);
  const isSince = ({ createdAt }: { createdAt?: Date | undefined }): boolean =>
    createdAt !== undefined && createdAt.getTime() >= standing.since;
  if (!isSteady(service)) {
    const since = (service.deployments ?? []).filter(isSince);
    const running = (some: readonly Deployment[]): number =>
      some.reduce((sum, deployment) => sum + (deployment.runningCount ?? 0), 0);
    const seen = running(since);
    const other = running((service.deployments ?? []).filter((one) => !isSince(one)));
    return { state: 'pending', seen, of, other, detail: progressOf(service, seen, of) };
  }
  if (settled.isStill(service, standing)) return { state: 'converged', seen: of, of };
  const all = await tasks();
  const seen = all.filter((task) => task.lastStatus === 'RUNNING' && isSince(task)).length;
  const most = Math.max(of, all.length);
  const other = all.filter((task) => task.lastStatus === 'RUNNING' && !isSince(task)).length;
  if (seen === most) {
    settled.remember(service, standing);
    return { state: 'converged', seen, of: most };
  }
  return { state: 'pending', seen, of: most, other, detail: progressOf(service, seen, most) };
}

/** Behind a Classic Load Balancer a service has no rolloutState. */
function isSteady(service: Service): boolean {
  const { rolloutState = 'COMPLETED' } = primaryOf(service) ?? {};
  return service.deployments?.length === 1 && rolloutState === 'COMPLETED';
}

function progressOf(service: Service, seen: number, of: number): string {
  const failed = primaryOf(service)?.failedTasks ?? 0;
  const failures = failed > 0 ? `, ${failed} failed to start` : '';
  return `service ${service.serviceName}: ${seen} of ${of} tasks were started after the delivery${failures}`;
}
