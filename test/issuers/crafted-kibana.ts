import { randomBytes } from 'node:crypto';

import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient } from '../../src/http/client.js';
import { createFleetIssuer, type FleetConfig } from '../../src/issuers/fleet/index.js';
import type { Resource, SettableIssuer } from '../../src/issuers/issuer.js';
import { Secret } from '../../src/rotation/secret.js';
import { QUICK_RETRY } from './cloud-world.js';
import { authority, replyHtml, replyJson, startTlsServer, type TlsServer } from '../http/local-servers.js';

export const POLICY = 'elastic-cloud-apm';
export const AGENT_POLICY = 'policy-elastic-agent-on-cloud';
export const resource: Resource = {
  key: 'k',
  label: 'Elastic APM / default',
  address: { policyId: POLICY, space: 'default' },
};

export function randomToken(): string {
  return `k${randomBytes(24).toString('base64url')}`;
}

export type Answer = {
  readonly status?: number;
  readonly json?: unknown;
  readonly html?: boolean;
  readonly headers?: object;
};
type Sent = { readonly url: string; readonly body: string };
type Route = 'list' | 'policy' | 'save' | 'agent policy' | 'agents';
type Json = Record<string, unknown>;

export type CraftedKibana = {
  readonly server: TlsServer;
  readonly issuer: SettableIssuer;
  /** Bodies of the writes so far. */
  writes(): Json[];
};

let server: TlsServer | undefined;

export async function closeKibana(): Promise<void> {
  await server?.close();
}

/** Answers each route as told, and a route without an answer as a Kibana would that holds `policyOf(token)`. */
export async function craftKibana(
  answers: Partial<Record<Route, Answer | ((sent: Sent) => Answer)>>,
  config: FleetConfig = {},
): Promise<CraftedKibana> {
  const started = await startTlsServer((request, response) => {
    const route = routeOf(request.method, new URL(request.url, 'https://kibana.test').pathname);
    const given = answers[route] ?? USUAL[route];
    const { status = 200, json, html, headers } = typeof given === 'function' ? given(request) : given;
    if (html) replyHtml(response, status, headers);
    else replyJson(response, status, json, headers);
  });
  server = started;
  const http = createHttpClient({
    baseUrl: started.url,
    agent: createHttpsAgent({ caPem: authority.caPem }),
    authorization: { scheme: 'Basic', credential: new Secret(randomBytes(18).toString('base64')) },
  });
  const writes = (): Json[] =>
    started.requests.filter(({ method }) => method === 'PUT').map(({ body }) => JSON.parse(body) as Json);
  return { server: started, issuer: createFleetIssuer(config, { http, retry: QUICK_RETRY }), writes };
}

function routeOf(method: string, path: string): Route {
  if (method === 'PUT') return 'save';
  if (path.endsWith('/package_policies')) return 'list';
  if (path.includes('/package_policies/')) return 'policy';
  return path.endsWith('/agents') ? 'agents' : 'agent policy';
}

export const token = randomToken();

/** As it was recorded on Elastic Cloud Hosted 9.1 (elastic/apm-server integrationservertest/internal/kibana/testdata). */
export function policyOf(value: unknown, more: Json = {}, input: Json = {}): Json {
  return {
    id: POLICY,
    version: 'WzU0MSwyXQ==',
    name: 'Elastic APM',
    namespace: 'default',
    description: '',
    package: { name: 'apm', title: 'Elastic APM', version: '9.1.0' },
    enabled: true,
    policy_id: AGENT_POLICY,
    policy_ids: [AGENT_POLICY],
    output_id: null,
    inputs: [{ ...apmInput(value), ...input }],
    vars: {},
    elasticsearch: { privileges: { cluster: ['cluster:monitor/main'] } },
    revision: 8,
    created_at: '2025-03-24T03:16:50.938Z',
    created_by: 'system',
    updated_at: '2025-03-24T03:59:51.073Z',
    updated_by: 'system',
    ...more,
  };
}

export function apmInput(value: unknown, vars: Json = {}): Json {
  const agentKey = `${randomBytes(10).toString('hex')}:${randomBytes(11).toString('hex')}`;
  return {
    type: 'apm',
    policy_template: 'apmserver',
    enabled: true,
    keep_enabled: true,
    streams: [],
    config: { 'apm-server': { value: { agent: { config: { elasticsearch: { api_key: agentKey } } } } } },
    vars: {
      host: { type: 'text', value: '0.0.0.0:8200', frozen: true },
      url: { type: 'text', value: 'https://apm.example.test:443', frozen: true },
      secret_token: { type: 'text', value },
      api_key_enabled: { type: 'bool', value: true },
      anonymous_allow_agent: { type: 'text', value: ['rum-js', 'js-base', 'iOS/swift'] },
      default_service_environment: { type: 'text' },
      tail_sampling_policies: { type: 'yaml', value: '- sample_rate: 0.1\n' },
      tls_certificate: { type: 'text', value: '/app/config/certs/node.crt', frozen: true },
      ...vars,
    },
    compiled_input: compiledWith(value),
  };
}

export function compiledWith(value: unknown): Json {
  const auth = { anonymous: { enabled: true }, api_key: { enabled: true }, secret_token: value };
  return { 'apm-server': { auth, host: '0.0.0.0:8200', shutdown_timeout: '30s' } };
}

/** What Fleet replies to a save: the policy as it was sent, with what it computes. */
export function savedAs(sent: Sent, compiled?: (sentToken: unknown) => Json): Json {
  const body = JSON.parse(sent.body) as { inputs: { vars: { secret_token: { value: unknown } } }[] };
  const value = body.inputs[0]?.vars.secret_token.value;
  const compiled_input = (compiled ?? compiledWith)(value);
  const inputs = body.inputs.map((input) => ({ ...input, compiled_input }));
  return { item: { ...policyOf(value), ...body, inputs, version: 'WzU1MCwyXQ==', revision: 9 } };
}

export function listOf(...policies: Json[]): Json {
  return { items: policies, total: policies.length, page: 1, perPage: 100 };
}

export function refusal(statusCode: number, message: string, error = 'Bad Request'): Answer {
  return { status: statusCode, json: { statusCode, error, message } };
}

export function agent(more: Json = {}, unit: Json = {}): Json {
  const input = { id: 'apm-default-apm', type: 'input', status: 'HEALTHY', message: 'Healthy', ...unit };
  const output = { id: 'apm-default', type: 'output', status: 'HEALTHY', message: 'Healthy' };
  return {
    id: crypto.randomUUID(),
    type: 'PERMANENT',
    active: true,
    status: 'online',
    policy_id: AGENT_POLICY,
    policy_revision: 12,
    components: [{ id: 'apm-default', type: 'apm', status: 'HEALTHY', units: [input, output] }],
    ...more,
  };
}

const USUAL: Record<Route, Answer | ((sent: Sent) => Answer)> = {
  list: { json: listOf(policyOf(token)) },
  policy: { json: { item: policyOf(token) } },
  save: (sent) => ({ json: savedAs(sent) }),
  'agent policy': { json: { item: { id: AGENT_POLICY, name: 'Elastic Cloud agent policy', revision: 12 } } },
  agents: { json: { items: [agent()], total: 1, page: 1, perPage: 100 } },
};
