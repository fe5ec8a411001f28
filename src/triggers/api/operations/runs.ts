import { BulkStarted, RunList, RunView, Started } from '../answers/index.js';
import { Cancel, GetRun, ListRuns, PauseRun, Resolve, ResumeRun, Retry, StartRuns } from '../requests.js';
import { IDEMPOTENT, type Operation } from './operation.js';

/** What is asked of one run, or of all. */
export const runs = {
  startRuns: {
    method: 'POST',
    path: '/v1/runs',
    scope: 'rotate',
    isNarrowed: true,
    summary:
      'Starts a run of every rotation that has the labels, unless there are more of them than `max`; or of those that are named.',
    headers: { 'idempotency-key': 'As with one run; each rotation is remembered for itself.' },
    body: StartRuns,
    status: 202,
    answer: BulkStarted,
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
    headers: IDEMPOTENT,
    body: Retry,
    status: 202,
    answer: Started,
  },
  pauseRun: {
    method: 'POST',
    path: '/v1/runs/{id}/pause',
    scope: 'rotate',
    summary: 'From now on no delivery begins; those that have begun go on.',
    headers: IDEMPOTENT,
    body: PauseRun,
    status: 202,
    answer: Started,
  },
  resumeRun: {
    method: 'POST',
    path: '/v1/runs/{id}/resume',
    scope: 'rotate',
    summary: 'The deliveries go on, whoever or whatever has paused them, if their token is in force still.',
    headers: IDEMPOTENT,
    body: ResumeRun,
    status: 202,
    answer: Started,
  },
  cancelRun: {
    method: 'POST',
    path: '/v1/runs/{id}/cancel',
    scope: 'rotate',
    summary:
      'Ends a run that has sent nothing, or sets the previous token again where Rotor has set one; a reset cannot be taken back. Once the token is current, it skips the deliveries that have not begun.',
    headers: IDEMPOTENT,
    body: Cancel,
    status: 202,
    answer: Started,
  },
  resolveRun: {
    method: 'POST',
    path: '/v1/runs/{id}/resolve',
    scope: 'rotate',
    summary: 'Decides what no rule can decide for a run that is stalled.',
    headers: IDEMPOTENT,
    body: Resolve,
    status: 202,
    answer: Started,
  },
} as const satisfies Record<string, Operation>;
