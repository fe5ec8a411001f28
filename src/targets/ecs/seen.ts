import type { Service, Task } from '@aws-sdk/client-ecs';
import type { Observation } from '../target.js';
import { primaryOf, type Standing } from './standing.js';

/**
 * What the tasks of one service run with. A container reads its secrets once, when it starts
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html), so a task that was
 * created after the deployment was started has the token of then, whichever deployment it belongs to; converged when no
 * other task and no other deployment is left.
 */
export function seenIn(service: Service, tasks: readonly Task[], standing: Standing): Observation {
  const { serviceName = '', status } = service;
  const of = Math.max(service.desiredCount ?? 0, tasks.length);
  if (status !== 'ACTIVE')
    return { state: 'failed', seen: 0, of, detail: `service ${serviceName} is ${status}` };
  if (standing.is === 'untouched') return { state: 'pending', seen: 0, of };
  if (standing.is === 'given_up') {
    return { state: 'failed', seen: 0, of, detail: `service ${serviceName}: ${standing.why}` };
  }
  const isFresh = ({ lastStatus, createdAt }: Task): boolean =>
    lastStatus === 'RUNNING' && createdAt !== undefined && createdAt.getTime() >= standing.since;
  const seen = tasks.filter(isFresh).length;
  if (seen === of && isSteady(service)) return { state: 'converged', seen, of };
  return { state: 'pending', seen, of, detail: progressOf(service, seen, of) };
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
