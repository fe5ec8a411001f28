import { DeploymentList, Examination, Info, Status, TargetList } from '../answers/index.js';
import { AskBadge, AskCalendar } from '../link-requests.js';
import { AskDeployments, AskDoctor, AskTargets } from '../look-requests.js';
import { AskHealth, AskStatus } from '../requests.js';
import type { Operation } from './operation.js';

/** What whoever runs the service asks of it. */
export const service = {
  isAlive: {
    method: 'GET',
    path: '/livez',
    scope: null,
    summary: 'Whether the process answers.',
    query: AskHealth,
    answer: { mediaType: 'application/json', alsoAs: 'text/plain', description: 'It does.' },
  },
  isReady: {
    method: 'GET',
    path: '/readyz',
    scope: null,
    summary: 'Whether the journal can be read and written, and the service is not shutting down.',
    query: AskHealth,
    answer: { mediaType: 'application/json', alsoAs: 'text/plain', description: 'It is ready.' },
    failsAs: 'text/plain',
  },
  hasStarted: {
    method: 'GET',
    path: '/startupz',
    scope: null,
    summary: 'Whether the service has started: its journal is open, and work begins.',
    query: AskHealth,
    answer: { mediaType: 'application/json', alsoAs: 'text/plain', description: 'It has.' },
    failsAs: 'text/plain',
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
  listProblems: {
    method: 'GET',
    path: '/problems',
    scope: null,
    summary: 'All kinds of problems: what each means, its status, and where its page is.',
    answer: {
      mediaType: 'application/json',
      alsoAs: 'text/html',
      description: '`problems`, a list; in HTML for whoever asks for it.',
    },
  },
  getProblem: {
    method: 'GET',
    path: '/problems/{slug}',
    scope: null,
    summary: 'What a kind of problem means, and what to do: where the `type` of one leads.',
    answer: {
      mediaType: 'text/markdown',
      alsoAs: 'text/html',
      description: 'For people; in HTML for whoever asks for it.',
    },
  },
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    scope: 'metrics',
    summary: 'Metrics of this process and of all rotations.',
    answer: {
      mediaType: 'text/plain',
      alsoAs: 'application/openmetrics-text',
      description: 'The text format of Prometheus, or OpenMetrics for whoever asks for it by `Accept`.',
    },
  },
  getInfo: {
    method: 'GET',
    path: '/v1/info',
    scope: 'read',
    isNarrowed: true,
    summary: 'Which Rotor runs here, its clock, and when it last read its schedule.',
    answer: Info,
  },
  getStatus: {
    method: 'GET',
    path: '/v1/status',
    scope: 'read',
    isNarrowed: true,
    summary: 'All rotations at one glance: how many are at what, the worst first.',
    query: AskStatus,
    answer: Status,
  },
  listDeployments: {
    method: 'GET',
    path: '/v1/deployments',
    scope: 'read',
    isNarrowed: true,
    summary:
      'What each cloud of the config has: which rotation selects it, what has an APM Server and no rotation, and ' +
      'which rotations lead nowhere.',
    query: AskDeployments,
    answer: DeploymentList,
  },
  listTargets: {
    method: 'GET',
    path: '/v1/targets',
    scope: 'read',
    isNarrowed: true,
    summary:
      'The targets of all rotations, and whether each has the token that became current last, by the journal.',
    query: AskTargets,
    answer: TargetList,
  },
  examine: {
    method: 'GET',
    path: '/v1/doctor',
    scope: 'admin',
    summary:
      'The checks of `rotor doctor` with the credentials of the service: as many rotations as it can look at within ' +
      'twenty seconds, with `Link: <…>; rel="next"` (RFC 8288) to the others. Changes nothing.',
    query: AskDoctor,
    answer: Examination,
  },
  getBadge: {
    method: 'GET',
    path: '/v1/status/badge.svg',
    scope: 'badge',
    isNarrowed: true,
    isLink: true,
    summary: 'An image that says up, late, down or unknown, for pages that can show one.',
    query: AskBadge,
    answer: { mediaType: 'image/svg+xml', description: 'The image.' },
  },
  getCalendar: {
    method: 'GET',
    path: '/v1/calendar.ics',
    scope: 'calendar',
    isNarrowed: true,
    isLink: true,
    summary: 'When the next runs start by schedule, to subscribe to.',
    query: AskCalendar,
    answer: { mediaType: 'text/calendar', description: 'iCalendar (RFC 5545).' },
  },
  backUp: {
    method: 'GET',
    path: '/v1/backup',
    scope: 'admin',
    summary: 'The journal as one SQLite file.',
    answer: { mediaType: 'application/vnd.sqlite3', description: 'The file.' },
  },
} as const satisfies Record<string, Operation>;
