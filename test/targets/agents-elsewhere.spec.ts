import { expect, it } from '@jest/globals';
import { checkAgentSettings, type CheckedAgent, type CheckOptions } from '../../src/targets/agent-checks.js';

const where = 'Target checkout';
const HTTPS = 'https://apm.example.com';
const check = (agent: CheckedAgent, settings: Record<string, string>, options: Partial<CheckOptions>) =>
  checkAgentSettings(agent, new Map(Object.entries(settings)), { where, ...options });

it.each<[string, CheckedAgent, Record<string, string>, Partial<CheckOptions>, string]>([
  ['its URL', 'java', { server_url: HTTPS }, {}, 'server_url'],
  [
    'one of its list',
    'go',
    { ELASTIC_APM_SERVER_URLS: `${HTTPS},https://own.example` },
    {},
    'ELASTIC_APM_SERVER_URLS',
  ],
  [
    'the URL of an agent that nobody has named',
    'any',
    { ELASTIC_APM_SERVER_URL: HTTPS },
    {},
    'ELASTIC_APM_SERVER_URL',
  ],
  ['the endpoint of OTLP', 'otlp', { OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS }, {}, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ['what the target says in its place', 'python', {}, { serverUrl: HTTPS }, 'serverUrl of the target'],
  [
    'what the target says in its place, for OTLP',
    'otlp',
    {},
    { serverUrl: HTTPS },
    'serverUrl of the target',
  ],
  [
    'the URL of the extension',
    'lambda-extension',
    { ELASTIC_APM_LAMBDA_APM_SERVER: HTTPS },
    {},
    'ELASTIC_APM_LAMBDA_APM_SERVER',
  ],
])(
  'says where %s leads to another APM Server than the one whose token it is',
  (_, agent, settings, over, name) => {
    const seen = check(agent, settings, {
      ...over,
      apmUrls: ['https://own.example:8200', 'https://alias.example'],
    });
    expect(seen).toEqual({
      refusals: [],
      findings: [
        expect.stringContaining(
          `${name} leads to apm.example.com, and the token is for the APM Server at own.example, alias.example:`,
        ),
      ],
    });
    for (const apmUrls of [[], [`${HTTPS}:9243/`, 'https://own.example']])
      expect(check(agent, settings, { ...over, apmUrls }).findings).toEqual([]);
  },
);
