import type { z } from 'zod';

import { schemaFault } from '../../http/faults.js';
import type { HttpClient, HttpRequest } from '../../http/client.js';
import type { HttpReply } from '../../http/reply.js';
import { retryReads, type RetryOptions } from '../../http/retry.js';
import { Secret } from '../../rotation/secret.js';
import { RotorError } from '../../rotation/errors.js';
import { cloudFault, notRotatable, readErrors } from './refusals.js';
import {
  apmReset,
  deployment,
  deploymentsInventory,
  deploymentsList,
  deploymentsSearch,
  type Deployment,
} from './schemas.js';

export type CloudApiDeps = {
  /** Its base URL ends with /api/v1. */
  readonly http: HttpClient;
  /** How reads are repeated. */
  readonly retry?: Omit<RetryOptions, 'signal'>;
};

type Answer<T> = { readonly body: T; readonly headers: HttpReply['headers'] };
type Body<S extends z.ZodType> = Answer<z.output<S>>;

/** History and logs tell a plan that failed from one that never was. */
const WITH_PLANS = { show_plans: true, show_plan_history: true, show_plan_logs: true };

/** The operations of the Elastic Cloud API that Rotor uses; every answer is checked, every refusal is a `RotorError`. */
export class CloudApi {
  readonly #deps: CloudApiDeps;

  constructor(deps: CloudApiDeps) {
    this.#deps = deps;
  }

  get host(): string {
    return this.#deps.http.host;
  }

  async list(signal: AbortSignal): Promise<z.output<typeof deploymentsList>['deployments']> {
    const { body } = await this.#read({ method: 'GET', path: '/deployments', signal }, deploymentsList);
    return body.deployments;
  }

  /** One page. A read, although it travels as POST, so it is repeated like one. */
  async search(query: object, signal: AbortSignal): Promise<z.output<typeof deploymentsSearch>> {
    return this.#search(query, deploymentsSearch, signal);
  }

  /** The same, with each deployment as the cloud tells of it. */
  async inventory(query: object, signal: AbortSignal): Promise<z.output<typeof deploymentsInventory>> {
    return this.#search(query, deploymentsInventory, signal);
  }

  async deployment(id: string, signal: AbortSignal): Promise<Answer<Deployment>> {
    const path = `/deployments/${encodeURIComponent(id)}`;
    return this.#read({ method: 'GET', path, query: WITH_PLANS, signal }, deployment);
  }

  /** ONE request, never repeated: each that arrives sets another token. */
  async resetToken(
    address: { id: string; refId: string; label: string },
    signal: AbortSignal,
  ): Promise<Secret> {
    const { http } = this.#deps;
    const { id, refId, label } = address;
    const path = `/deployments/${encodeURIComponent(id)}/apm/${encodeURIComponent(refId)}/_reset-token`;
    const request = { method: 'POST', path, signal } as const;
    const reply = await http.request(request);
    if (isManaged(reply)) throw notRotatable(label, 'APM is managed by Elastic Agent');
    const token = new Secret(this.#accept(reply, request, apmReset).body.secret_token);
    if (!token.isEmpty) return token;
    throw new RotorError(
      'token_unusable',
      `${http.host}: the reset of ${label} was answered with an empty token.`,
    );
  }

  async #search<S extends z.ZodType>(query: object, schema: S, signal: AbortSignal): Promise<z.output<S>> {
    const path = '/deployments/_search';
    return (await this.#read({ method: 'POST', path, json: query, isRead: true, signal }, schema)).body;
  }

  async #read<S extends z.ZodType>(request: HttpRequest, schema: S): Promise<Body<S>> {
    const { http, retry } = this.#deps;
    const once = async () => this.#accept(await http.request(request), request, schema);
    return retryReads(once, { ...retry, signal: request.signal });
  }

  #accept<S extends z.ZodType>(reply: HttpReply, request: HttpRequest, schema: S): Body<S> {
    const site = this.#deps.http.site(request);
    if (reply.status >= 400) throw cloudFault(reply, site);
    const parsed = schema.safeParse(reply.json);
    if (parsed.success) return { body: parsed.data, headers: reply.headers };
    const [issue] = parsed.error.issues;
    throw schemaFault(
      site,
      reply.status,
      `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'unexpected'}`,
    );
  }
}

/** One code stands for this and for a plan that is pending; only the message tells them apart. */
function isManaged(reply: HttpReply): boolean {
  if (reply.status !== 400) return false;
  const errors = readErrors(reply.json) ?? [];
  return errors.some(
    ({ code, message }) =>
      code === 'clusters.cluster_plan_state_error' && /managed by elastic agent/i.test(message),
  );
}
