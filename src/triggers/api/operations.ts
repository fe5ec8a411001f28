import type { ZodObject, ZodType } from 'zod';
import type { Scope } from '../access/scope.js';
import {
  ApiTokenList,
  ApiTokenView,
  CreatedToken,
  AuditReport,
  RotationDetail,
  RotationList,
  RunList,
  RunView,
  Started,
} from './answers.js';
import {
  CreateToken,
  GetRun,
  ListRuns,
  PauseRotation,
  Resolve,
  ResumeRotation,
  Retry,
  StartRun,
} from './requests.js';

/** A body in another form than JSON. */
export type Raw = { readonly mediaType: string; readonly description: string };

export type Operation = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** As in OpenAPI; `{name}` is a rotation, `{id}` a run: labels of a grant are those of that rotation. */
  readonly path: string;
  /** Null: for whoever can reach the address. */
  readonly scope: Scope | null;
  /** With labels it is not refused: it answers with, or works on, those rotations alone that the caller may see. */
  readonly isNarrowed?: true;
  readonly summary: string;
  readonly query?: ZodObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ZodType;
  readonly status?: 200 | 201 | 202 | 204;
  readonly answer: ZodType | Raw | null;
};

/** Every operation of the API: who may call it, what it takes and answers. What is not in here is refused. */
export const operations = {
  isAlive: {
    method: 'GET',
    path: '/livez',
    scope: null,
    summary: 'Whether the process answers.',
    answer: { mediaType: 'application/json', description: 'It does.' },
  },
  isReady: {
    method: 'GET',
    path: '/readyz',
    scope: null,
    summary: 'Whether the journal can be read and written, and the service is not shutting down.',
    answer: { mediaType: 'application/json', description: 'It is ready.' },
  },
  getDocument: {
    method: 'GET',
    path: '/openapi.json',
    scope: null,
    summary: 'This document.',
    answer: { mediaType: 'application/json', description: 'OpenAPI 3.1.' },
  },
  getConfigSchema: {
    method: 'GET',
    path: '/schema/config/v1.json',
    scope: null,
    summary: 'What editors check rotor.yaml against.',
    answer: { mediaType: 'application/json', description: 'JSON Schema, draft 2020-12.' },
  },
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    scope: 'metrics',
    summary: 'Metrics of this process and of all rotations.',
    answer: { mediaType: 'text/plain', description: 'The text format of Prometheus.' },
  },
  listRotations: {
    method: 'GET',
    path: '/v1/rotations',
    scope: 'read',
    isNarrowed: true,
    summary: 'Every rotation of the config, and how it stands.',
    answer: RotationList,
  },
  getRotation: {
    method: 'GET',
    path: '/v1/rotations/{name}',
    scope: 'read',
    summary: 'One rotation, with its next five starts.',
    answer: RotationDetail,
  },
  startRun: {
    method: 'POST',
    path: '/v1/rotations/{name}/runs',
    scope: 'rotate',
    summary: 'Starts a run.',
    headers: {
      'idempotency-key':
        'The same request, sent again with the same key within a day, gets the run that it has started ' +
        '(draft-ietf-httpapi-idempotency-key-header).',
    },
    body: StartRun,
    status: 202,
    answer: Started,
  },
  pauseRotation: {
    method: 'POST',
    path: '/v1/rotations/{name}/pause',
    scope: 'pause',
    summary: 'Starts no run before the end of the pause; one that is under way goes on.',
    body: PauseRotation,
    answer: RotationDetail,
  },
  resumeRotation: {
    method: 'POST',
    path: '/v1/rotations/{name}/resume',
    scope: 'pause',
    summary: 'Ends a pause.',
    body: ResumeRotation,
    answer: RotationDetail,
  },
  listRuns: {
    method: 'GET',
    path: '/v1/runs',
    scope: 'read',
    isNarrowed: true,
    summary: 'Runs, newest first, with `Link: <…>; rel="next"` (RFC 8288) where there are more.',
    query: ListRuns,
    answer: RunList,
  },
  getRun: {
    method: 'GET',
    path: '/v1/runs/{id}',
    scope: 'read',
    summary: 'One run, at once or when there is news.',
    query: GetRun,
    answer: RunView,
  },
  followRun: {
    method: 'GET',
    path: '/v1/runs/{id}/events',
    scope: 'read',
    summary: 'The log of a run as server-sent events; ends after the entry that has an outcome.',
    headers: { 'last-event-id': 'The number of the last entry that was read: the next ones follow.' },
    answer: {
      mediaType: 'text/event-stream',
      description: 'An event for each entry, with its number as its id.',
    },
  },
  retryRun: {
    method: 'POST',
    path: '/v1/runs/{id}/retry',
    scope: 'rotate',
    summary: 'Looks again now; a run that has ended is tried again by another one.',
    body: Retry,
    status: 202,
    answer: Started,
  },
  resolveRun: {
    method: 'POST',
    path: '/v1/runs/{id}/resolve',
    scope: 'rotate',
    summary: 'Decides what no rule can decide for a run that is stalled.',
    body: Resolve,
    status: 202,
    answer: Started,
  },
  verifyAudit: {
    method: 'GET',
    path: '/v1/audit',
    scope: 'audit',
    summary: 'Reads the whole log and names what was changed, removed or moved.',
    answer: AuditReport,
  },
  listTokens: {
    method: 'GET',
    path: '/v1/tokens',
    scope: 'admin',
    summary: 'The API tokens, newest first, also those that are over.',
    answer: ApiTokenList,
  },
  createToken: {
    method: 'POST',
    path: '/v1/tokens',
    scope: 'admin',
    summary: 'Makes an API token, and shows it once.',
    body: CreateToken,
    status: 201,
    answer: CreatedToken,
  },
  revokeToken: {
    method: 'DELETE',
    path: '/v1/tokens/{token}',
    scope: 'admin',
    summary: 'Makes an API token worth nothing, at once.',
    answer: ApiTokenView,
  },
  backUp: {
    method: 'GET',
    path: '/v1/backup',
    scope: 'admin',
    summary: 'The journal as one SQLite file.',
    answer: { mediaType: 'application/vnd.sqlite3', description: 'The file.' },
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof operations;

export function isRaw(answer: Operation['answer']): answer is Raw {
  return answer !== null && 'mediaType' in answer;
}

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

/** Throws where a route has no operation: nobody could say who may call it. */
export function operationAt(method: string, route: string) {
  // HEAD comes with each GET.
  const operation = byRoute.get(`${method === 'HEAD' ? 'GET' : method} ${route}`);
  if (operation) return operation;
  throw new Error(`no operation of the API is at ${method} ${route}: add it to operations.ts`);
}
