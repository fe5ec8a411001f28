import { ConfigChecked, ConfigReloaded, ShownConfig } from '../answers/index.js';
import type { Operation } from './operation.js';

/** RFC 9512. */
const YAML = 'application/yaml';

/** What the service is set to. */
export const config = {
  showConfig: {
    method: 'GET',
    path: '/v1/config',
    scope: 'admin',
    summary: 'The config that holds, and where each value of it comes from; no secret.',
    answer: ShownConfig,
  },
  validateConfig: {
    method: 'POST',
    path: '/v1/config/validate',
    scope: 'admin',
    summary:
      'Says what is wrong with a config file, and changes nothing. No secret that it refers to is looked for.',
    bodyAs: YAML,
    answer: ConfigChecked,
  },
  reloadConfig: {
    method: 'POST',
    path: '/v1/config/reload',
    scope: 'admin',
    summary:
      'Reads the config file again and puts it in force, as a whole or not at all. Runs that are under way go on.',
    answer: ConfigReloaded,
  },
} as const satisfies Record<string, Operation>;
