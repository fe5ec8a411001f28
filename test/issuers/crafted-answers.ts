import { randomBytes } from 'node:crypto';

import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient } from '../../src/http/client.js';
import type { ResourceSelect } from '../../src/issuers/select.js';
import { createElasticCloudIssuer } from '../../src/issuers/elastic-cloud/index.js';
import { authority, replyHtml, replyJson, startTlsServer, type TlsServer } from '../http/local-servers.js';
import { QUICK_RETRY } from './cloud-world.js';

let server: TlsServer | undefined;

/** The server behind the latest issuer. */
export function latestServer(): TlsServer | undefined {
  return server;
}

export async function closeServer(): Promise<void> {
  await server?.close();
}

export const id = randomBytes(16).toString('hex');
export const token = randomBytes(12).toString('hex');
export const resource = {
  key: 'k',
  label: 'shop / main-apm',
  address: { deploymentId: id, refId: 'main-apm' },
};

type Answer = { status?: number; json?: unknown; headers?: Record<string, string>; html?: boolean };

/** The issuer over a server that gives one and the same answer to everything. */
export async function issuerOver(answer: Answer, select: ResourceSelect = { deployment: id }) {
  const { status = 200, json, headers, html = false } = answer;
  server = await startTlsServer((_request, response) =>
    html ? replyHtml(response, status) : replyJson(response, status, json, headers),
  );
  const http = createHttpClient({ baseUrl: server.url, agent: createHttpsAgent({ caPem: authority.caPem }) });
  return createElasticCloudIssuer({ select }, { http, retry: QUICK_RETRY });
}

export function attempt(name: string, minute: number, more: object = {}): object {
  return {
    plan_attempt_id: name,
    healthy: true,
    attempt_start_time: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    plan: { apm: { system_settings: { secret_token: token } } },
    plan_attempt_log: [],
    ...more,
  };
}

const SERVED = { services_urls: [{ service: 'apm', url: 'https://apm.example.test' }] };

export function apm(info: object = {}, refId = 'main-apm'): object {
  const plan_info = { healthy: true, current: attempt('first', 0), history: [attempt('first', 0)] };
  return {
    ref_id: refId,
    info: { status: 'started', apm_server_mode: 'standalone', plan_info, metadata: SERVED, ...info },
  };
}

export function deployment(...resources: object[]): object {
  return { id, name: 'shop', resources: { apm: resources, kibana: [], something_new: null } };
}
