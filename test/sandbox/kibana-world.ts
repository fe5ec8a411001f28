import { afterEach, beforeEach } from '@jest/globals';
import type { DeploymentHandle } from '../../src/sandbox/deployment-handle.js';
import type { KibanaHandle } from '../../src/sandbox/kibana/index.js';
import { HOSTED_POLICY } from '../../src/sandbox/kibana/index.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { send, type Answer } from './client.js';

export const POLICY_PATH = `/api/fleet/package_policies/${HOSTED_POLICY}`;

type Json = Record<string, unknown>;
type Variables = Record<string, { type?: string; value?: unknown; frozen?: boolean }>;
export type PolicyItem = Json & {
  version: string;
  revision: number;
  inputs: { vars: Variables; compiled_input?: { 'apm-server': { auth: Json } }; config?: unknown }[];
};

/** As the public client does (elastic/apm-server integrationservertest/internal/kibana/client.go). */
export async function fleet(
  sandbox: Sandbox,
  kibana: KibanaHandle,
  path: string,
  options: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = 'GET', body, headers } = options;
  return send(sandbox.caPem, `${kibana.url}${path}`, {
    method,
    headers: {
      authorization: `ApiKey ${kibana.credentials.apiKey}`,
      'kbn-xsrf': 'true',
      'content-type': 'application/json',
      'elastic-api-version': '2023-10-31',
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

export function itemOf(answer: Answer): PolicyItem {
  return (answer.json() as { item: PolicyItem }).item;
}

const FORBIDDEN = [
  'id',
  'revision',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'elasticsearch',
  'secret_references',
];

/** What a PUT may carry of a policy that was read, with another token. */
export function putBodyOf(item: PolicyItem, token: unknown): Json {
  const kept = Object.fromEntries(Object.entries(item).filter(([key]) => !FORBIDDEN.includes(key)));
  const inputs = item.inputs.map(({ compiled_input: _compiled, ...input }) => ({
    ...input,
    vars: { ...input.vars, secret_token: { type: 'text', value: token } },
  }));
  return { ...kept, inputs };
}

const FAST = { planMs: 20, flickerMs: 0, switchSpreadMs: 10, checkInMs: 5 };

/** A fresh sandbox for each test, and the Kibana of a deployment whose APM is managed. */
export class KibanaWorld {
  sandbox!: Sandbox;
  deployment!: DeploymentHandle;

  constructor() {
    beforeEach(async () => {
      this.sandbox = await startSandbox({ timings: FAST });
      this.deployment = this.sandbox.deployment('search-prod');
    });
    afterEach(async () => this.sandbox.close());
  }

  get kibana(): KibanaHandle {
    return this.deployment.kibana;
  }

  async fleet(path: string, options: Parameters<typeof fleet>[3] = {}): Promise<Answer> {
    return fleet(this.sandbox, this.kibana, path, options);
  }

  async read(): Promise<PolicyItem> {
    return itemOf(await this.fleet(POLICY_PATH));
  }

  async put(body: unknown): Promise<Answer> {
    return this.fleet(POLICY_PATH, { method: 'PUT', body });
  }

  /** So many switches since the beginning; by default, one of each instance. */
  async switched(times: number = this.deployment.acceptedFingerprints().length): Promise<void> {
    const { ledger } = this.sandbox;
    const isDone = (): boolean => ledger.of('instance.switched').length >= times;
    if (!isDone()) await ledger.waitFor(() => isDone(), AbortSignal.timeout(30_000));
  }
}

export function compiledToken(item: PolicyItem): unknown {
  return item.inputs[0]?.compiled_input?.['apm-server'].auth['secret_token'];
}
