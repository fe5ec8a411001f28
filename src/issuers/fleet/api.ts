import type { z } from 'zod';

import type { HttpClient, HttpRequest } from '../../http/client.js';
import { schemaFault } from '../../http/faults.js';
import { retryReads, type RetryOptions } from '../../http/retry.js';
import { fleetFault, type Purpose } from './refusals.js';
import {
  agentList,
  agentPolicyReply,
  packagePolicyList,
  packagePolicyReply,
  type FleetAgent,
  type ListedPolicy,
  type PackagePolicy,
} from './schemas.js';

export type FleetApiDeps = {
  /** Its base URL is Kibana's, base path included; the authorization is Basic or ApiKey. */
  readonly http: HttpClient;
  /** How reads are repeated. */
  readonly retry?: Omit<RetryOptions, 'signal'>;
};

/** In which space; where a policy is meant, which one. */
export type PolicyAddress = { readonly policyId: string; readonly space: string };

type Call = Omit<HttpRequest, 'headers' | 'path'> & { readonly path: string; readonly purpose: Purpose };

export const DEFAULT_SPACE = 'default';

/** Kibana refuses a write without `kbn-xsrf`; the version is that of the public API. */
const HEADERS = { 'kbn-xsrf': 'true', 'elastic-api-version': '2023-10-31' };
const PAGE_SIZE = 100;
const MOST_AGENT_PAGES = 10;
/** Reads that only tell a person how far a change has come may not hold it up. */
const ASIDE_TIMEOUT_MS = 3_000;

/** The operations of Fleet that Rotor uses; every answer is checked, every refusal is a `RotorError`. */
export class FleetApi {
  readonly #deps: FleetApiDeps;

  constructor(deps: FleetApiDeps) {
    this.#deps = deps;
  }

  get host(): string {
    return this.#deps.http.host;
  }

  /** Every policy of the apm package that is seen from the space. */
  async apmPolicies(space: string, signal: AbortSignal): Promise<ListedPolicy[]> {
    const found = new Map<string, ListedPolicy>();
    for (let page = 1; ; page += 1) {
      // Fleet understands the older prefix on newer objects too (server/services/package_policy.ts).
      const query = { page, perPage: PAGE_SIZE, kuery: 'ingest-package-policies.package.name:apm' };
      const purpose = { privilege: 'read policy', space } as const;
      const call = { method: 'GET', path: '/package_policies', query, signal, purpose } as const;
      const { items, total } = await this.#read(call, packagePolicyList);
      for (const item of items) if (item.package?.name === 'apm') found.set(item.id, item);
      if (items.length === 0 || page * PAGE_SIZE >= total) return [...found.values()];
    }
  }

  async policy({ policyId, space }: PolicyAddress, signal: AbortSignal): Promise<PackagePolicy> {
    const purpose = { privilege: 'read policy', space, policyId } as const;
    const call = { method: 'GET', path: policyPath(policyId), signal, purpose } as const;
    return (await this.#read(call, packagePolicyReply)).item;
  }

  /** ONE request, never repeated. Resolves with the policy as Fleet says that it saved it. */
  async save({ policyId, space }: PolicyAddress, json: object, signal: AbortSignal): Promise<PackagePolicy> {
    const purpose = { privilege: 'write policy', space, policyId } as const;
    return (
      await this.#send(
        { method: 'PUT', path: policyPath(policyId), json, signal, purpose },
        packagePolicyReply,
      )
    ).item;
  }

  /** Sent once, and given up soon. */
  async agentPolicyRevision(id: string, space: string, signal: AbortSignal): Promise<number> {
    const path = `/agent_policies/${encodeURIComponent(id)}`;
    const purpose = { privilege: 'read agent policy', space } as const;
    const call = { method: 'GET', path, signal, purpose, timeoutMs: ASIDE_TIMEOUT_MS } as const;
    return (await this.#send(call, agentPolicyReply)).item.revision;
  }

  /** The enrolled agents of an agent policy, the first thousand of them. Sent once, and given up soon. */
  async agents(agentPolicyId: string, space: string, signal: AbortSignal): Promise<FleetAgent[]> {
    const found = new Map<string, FleetAgent>();
    for (let page = 1; page <= MOST_AGENT_PAGES; page += 1) {
      const query = { page, perPage: PAGE_SIZE, showInactive: false, kuery: ofAgentPolicy(agentPolicyId) };
      const purpose = { privilege: 'read agents', space } as const;
      const call = { method: 'GET', path: '/agents', query, signal, purpose } as const;
      const { items, total } = await this.#send({ ...call, timeoutMs: ASIDE_TIMEOUT_MS }, agentList);
      for (const item of items) found.set(item.id, item);
      if (items.length === 0 || page * PAGE_SIZE >= total) break;
    }
    return [...found.values()];
  }

  async #read<S extends z.ZodType>(call: Call, schema: S): Promise<z.output<S>> {
    return retryReads(() => this.#send(call, schema), { ...this.#deps.retry, signal: call.signal });
  }

  async #send<S extends z.ZodType>({ purpose, path, ...call }: Call, schema: S): Promise<z.output<S>> {
    const { http } = this.#deps;
    const request = { ...call, path: `${spacePrefix(purpose.space)}/api/fleet${path}`, headers: HEADERS };
    const reply = await http.request(request);
    const site = http.site(request);
    if (reply.status >= 400) throw fleetFault(reply, site, purpose);
    const parsed = schema.safeParse(reply.json);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') || 'the body';
    throw schemaFault(site, reply.status, `${place}: ${issue?.message ?? 'unexpected'}`);
  }
}

function spacePrefix(space: string): string {
  return space === DEFAULT_SPACE ? '' : `/s/${encodeURIComponent(space)}`;
}

function policyPath(id: string): string {
  return `/package_policies/${encodeURIComponent(id)}`;
}

/**
 * An agent may run a copy of the policy for its own version, named "<id>#9.4" (elastic/kibana#276294). The wildcard
 * works outside quotes only, and there a name of other characters would need escapes.
 */
function ofAgentPolicy(id: string): string {
  const exact = `policy_id:${JSON.stringify(id)}`;
  return /^[\w-]+$/.test(id) ? `${exact} or policy_id:${id}#*` : exact;
}
