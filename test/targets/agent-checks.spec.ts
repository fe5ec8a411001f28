import { describe, expect, it } from '@jest/globals';
import {
  checkAgentSettings,
  checkToken,
  needsRelease,
  type CheckedAgent,
  type CheckOptions,
} from '../../src/targets/agent-checks.js';

const where = 'Target checkout';
const HTTPS = 'https://apm.example.com';
const check = (
  agent: CheckedAgent,
  settings: Record<string, string | { unseen: 'set' | 'optional' }>,
  options: Partial<CheckOptions> = {},
) => checkAgentSettings(agent, new Map(Object.entries(settings)), { where, ...options });

describe('what an agent is set to', () => {
  it.each<[string, CheckedAgent, Record<string, string>]>([
    ['an https URL', 'nodejs', { ELASTIC_APM_SERVER_URL: HTTPS }],
    ['an https URL in its own file', 'java', { server_url: HTTPS }],
    ['a list of them', 'java', { server_urls: `${HTTPS}, ${HTTPS}:8443,` }],
    [
      'a key of its file in another case, where the agent does not mind',
      'dotnet',
      { 'elasticapm:serverurl': HTTPS },
    ],
    ['an API key that is empty', 'ruby', { server_url: HTTPS, api_key: '' }],
    [
      'OTLP over TLS',
      'otlp',
      { OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS, OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer x' },
    ],
    [
      'a signal without TLS that is not exported',
      'otlp',
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS,
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://logs',
        OTEL_LOGS_EXPORTER: 'none',
      },
    ],
    [
      'OTLP alone, where the agent is not known',
      'any',
      { OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS, OTEL_EXPORTER_OTLP_HEADERS: '' },
    ],
    [
      'the extension in Lambda, whose agent speaks to it in clear',
      'any',
      { ELASTIC_APM_LAMBDA_APM_SERVER: HTTPS, ELASTIC_APM_SERVER_URL: 'http://localhost:8200' },
    ],
  ])('passes with %s', (_case, agent, settings) => {
    expect(check(agent, settings)).toEqual({ refusals: [], findings: [] });
  });

  it('passes with headers of one signal where the token is written to just these', () => {
    const tokenAt = 'OTEL_EXPORTER_OTLP_TRACES_HEADERS';
    const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS, [tokenAt]: 'Authorization=Bearer x' };
    expect(check('otlp', settings, { tokenAt }).refusals).toEqual([]);
  });

  it('passes where an operator says what the URL is elsewhere', () => {
    expect(check('go', {}, { serverUrl: HTTPS }).refusals).toEqual([]);
    expect(check('otlp', {}, { serverUrl: HTTPS }).refusals).toEqual([]);
  });

  it.each<[string, CheckedAgent, Record<string, string>, string]>([
    [
      'a plain URL',
      'python',
      { ELASTIC_APM_SERVER_URL: 'http://user:pass@apm:8200/x' },
      'ELASTIC_APM_SERVER_URL leads to http://apm:8200, and without TLS',
    ],
    [
      'no URL at all',
      'python',
      {},
      'ELASTIC_APM_SERVER_URL is not set, and the default, http://127.0.0.1:8200, would show',
    ],
    ['text that is no URL', 'ruby', { server_url: 'apm:8200' }, 'server_url is no https URL'],
    ['one of a list', 'java', { server_urls: `${HTTPS},http://b:1` }, 'server_urls leads to http://b:1,'],
    [
      "the list that Go's documentation is silent about, before the URL",
      'go',
      { ELASTIC_APM_SERVER_URLS: `${HTTPS}, http://two`, ELASTIC_APM_SERVER_URL: HTTPS },
      'ELASTIC_APM_SERVER_URLS leads to http://two,',
    ],
    [
      'the default of the attacher',
      'k8s-attacher',
      { ELASTIC_APM_SERVER_URL: 'http://$(HOST_IP):8200' },
      'the default of the Kubernetes attacher',
    ],
    [
      'an API key',
      'php',
      { 'elastic_apm.server_url': HTTPS, 'elastic_apm.api_key': 'k' },
      'elastic_apm.api_key stands beside the token and wins over it',
    ],
    [
      "an API key of the extension's own",
      'lambda-extension',
      { ELASTIC_APM_LAMBDA_APM_SERVER: HTTPS, ELASTIC_APM_SECRETS_MANAGER_API_KEY_ID: 'k' },
      'ELASTIC_APM_SECRETS_MANAGER_API_KEY_ID stands beside',
    ],
    [
      'an extension that knows no server',
      'lambda-extension',
      {},
      'ELASTIC_APM_LAMBDA_APM_SERVER is not set, so that nobody knows',
    ],
    ['an agent in a browser', 'rum', {}, 'a RUM agent shows whatever it is given to everybody'],
    [
      'OTLP in clear',
      'otlp',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT leads to http://c:4318,',
    ],
    ['OTLP without an endpoint', 'otlp', {}, 'OTEL_EXPORTER_OTLP_ENDPOINT is not set, and the default'],
    [
      'one signal in clear',
      'otlp',
      { OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m' },
      'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT leads to http://m,',
    ],
    [
      'one signal with a token of its own',
      'otlp',
      { OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS, OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Bearer x' },
      'OTEL_EXPORTER_OTLP_TRACES_HEADERS has an Authorization of its own, which wins for traces',
    ],
    [
      'an API key in the headers',
      'otlp',
      { OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS, OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=ApiKey x' },
      'is no bearer token but another credential',
    ],
    [
      'two Authorizations',
      'otlp',
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: HTTPS,
        OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer x,authorization=Bearer y',
      },
      'has several Authorizations',
    ],
    [
      'any URL in clear, where the agent is not known',
      'any',
      { ELASTIC_APM_SERVER_URL: HTTPS, ElasticApm__ServerUrl: 'http://a' },
      'ElasticApm__ServerUrl leads to http://a,',
    ],
    [
      'any API key, where the agent is not known',
      'any',
      { ELASTIC_APM_SERVER_URL: HTTPS, ElasticApm__ApiKey: 'k' },
      'ElasticApm__ApiKey stands beside',
    ],
    [
      'nothing, where the agent is not known',
      'any',
      {},
      'none of ELASTIC_APM_SERVER_URLS, ELASTIC_APM_SERVER_URL',
    ],
  ])('is refused with %s', (_case, agent, settings, sentence) => {
    const { refusals } = check(agent, settings);
    expect(refusals).toEqual([expect.stringContaining(sentence)]);
    expect(refusals[0]).toMatch(/^Target checkout: .*\.$/);
    expect(refusals[0]).not.toContain('pass');
  });

  it('is refused where the token would come by central configuration, which agents write into their logs', () => {
    const { refusals } = check('java', { server_url: HTTPS }, { way: 'central-configuration' });
    expect(refusals).toEqual([expect.stringContaining('central configuration, which the agents write into')]);
  });

  it('takes the option that the agent reads first, and says of the others what they would do', () => {
    const settings = { server_url: HTTPS, server_urls: 'http://old' };
    expect(check('java', settings)).toEqual({
      refusals: [],
      findings: [expect.stringContaining('server_urls is no https URL, and would count if')],
    });
    const go = { ELASTIC_APM_SERVER_URLS: HTTPS, ELASTIC_APM_SERVER_URL: 'http://old' };
    expect(check('go', go)).toMatchObject({ refusals: [], findings: [expect.any(String)] });
  });

  it('says what it could not see', () => {
    const unseen = { unseen: 'set' } as const;
    const perhaps = { unseen: 'optional' } as const;
    expect(check('go', { ELASTIC_APM_SERVER_URL: unseen })).toEqual({
      refusals: [],
      findings: [expect.stringContaining('comes from elsewhere and was not seen')],
    });
    expect(check('go', { ELASTIC_APM_SERVER_URL: perhaps }).refusals).toHaveLength(1);
    const keyed = (value: typeof unseen | typeof perhaps) =>
      check('go', { ELASTIC_APM_SERVER_URL: HTTPS, ELASTIC_APM_API_KEY: value });
    expect(keyed(unseen).refusals).toEqual([expect.stringContaining('wins over it')]);
    expect(keyed(perhaps)).toEqual({
      refusals: [],
      findings: [expect.stringContaining('may come from elsewhere')],
    });
    const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: unseen, OTEL_EXPORTER_OTLP_LOGS_HEADERS: unseen };
    expect(check('otlp', otlp)).toEqual({
      refusals: [],
      findings: [
        expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT comes from elsewhere'),
        expect.stringContaining('for logs it stands in place of'),
      ],
    });
  });

  it('says where the agent does not look whom it speaks to', () => {
    expect(check('java', { server_url: HTTPS, verify_server_cert: 'false' }).findings).toEqual([
      expect.stringContaining('verify_server_cert is false'),
    ]);
  });
});

describe('a mobile agent', () => {
  it.each(['android', 'ios'] as const)('%s needs a release, and is told what to do instead', (agent) => {
    expect(needsRelease(agent)).toContain('with a release of the app only');
    expect(check(agent, {})).toEqual({
      refusals: [],
      findings: [expect.stringContaining('OTLP proxy of yours')],
    });
  });

  it('is the only kind', () => {
    expect([needsRelease('java'), needsRelease('any'), needsRelease('rum')]).toEqual(
      Array(3).fill(undefined),
    );
  });
});

describe('a token', () => {
  const long = 'a'.repeat(234);
  it('passes where the agent can take it', () => {
    expect(checkToken('php', long.slice(1), where)).toEqual([]);
    expect(checkToken('java', long, where)).toEqual([]);
    expect(checkToken('java', 'a<%b', where)).toEqual([]);
  });

  it.each<[string, CheckedAgent, string, string]>([
    ['too long for PHP', 'php', long, 'the token has 234 characters, and the PHP agent takes 233'],
    ["a program in Ruby's file", 'ruby', 'a<%b', 'the token has <% in it'],
    ['not fit for a header', 'any', 'a b', 'characters that no header can carry'],
  ])('is refused where it is %s', (_case, agent, token, sentence) => {
    const refusals = checkToken(agent, token, where);
    expect(refusals).toEqual([expect.stringContaining(sentence)]);
    expect(refusals[0]).not.toContain(token);
  });
});
