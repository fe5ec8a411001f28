import { ShownConfig } from '../answers/index.js';
import type { Operation } from './operation.js';

/** What the service is set to. */
export const config = {
  showConfig: {
    method: 'GET',
    path: '/v1/config',
    scope: 'admin',
    summary: 'The config that holds, and where each value of it comes from; no secret.',
    answer: ShownConfig,
  },
} as const satisfies Record<string, Operation>;
