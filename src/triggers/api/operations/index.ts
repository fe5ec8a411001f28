import { access } from './access.js';
import { approvals } from './approvals.js';
import { config } from './config.js';
import { events } from './events.js';
import { notifications } from './notifications.js';
import type { Operation } from './operation.js';
import { rotations } from './rotations.js';
import { runs } from './runs.js';
import { service } from './service.js';

/** Every operation of the API: who may call it, what it takes and answers. What is not in here is refused. */
const operations = {
  ...service,
  ...rotations,
  ...runs,
  ...approvals,
  ...events,
  ...access,
  ...notifications,
  ...config,
};

export type OperationId = keyof typeof operations;

/** Each with its name. */
export function allOperations(): readonly (Operation & { readonly id: OperationId })[] {
  return Object.entries(operations).map(([id, operation]) => ({ ...operation, id: id as OperationId }));
}

/** As the router writes the path. */
export function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

const byRoute = new Map(
  allOperations().map((operation) => [`${operation.method} ${routeOf(operation.path)}`, operation]),
);

/** Of the operations at this path of an address; none where there is nothing. */
export function methodsAt(path: string): string[] {
  const asked = path.split('/');
  const isAsked = (route: readonly string[]): boolean =>
    route.length === asked.length &&
    route.every((part, index) => (part.startsWith(':') ? asked[index] !== '' : part === asked[index]));
  const there = allOperations().filter((operation) => isAsked(routeOf(operation.path).split('/')));
  return [...new Set(there.map(({ method }) => method))];
}

/** Throws where a route has no operation: nobody could say who may call it. */
export function operationAt(method: string, route: string) {
  // HEAD comes with each GET.
  const operation = byRoute.get(`${method === 'HEAD' ? 'GET' : method} ${route}`);
  if (operation) return operation;
  throw new Error(`no operation of the API is at ${method} ${route}: add it to api/operations/`);
}
