import { z } from 'zod';
import type { HttpClient, HttpRequest } from '../../http/client.js';
import type { HttpReply } from '../../http/reply.js';
import { retryAfterMs as askedToWait } from '../../http/retry-after.js';
import { RotorError } from '../../rotation/errors.js';
import type { Millis } from '../../rotation/run.js';
import type { Cluster } from './cluster.js';
import type { Kind } from './kinds.js';

/** One object, or a kind in a namespace. */
export type Place = { readonly kind: Kind; readonly namespace: string; readonly name?: string };

/** The API server answered, and refused: a Status of https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export class ApiRefusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly retryAfterMs: number | undefined,
  ) {
    super(message);
  }
}

export type Asked = {
  readonly verb: string;
  readonly kind: Kind;
  readonly namespace: string;
  readonly name?: string;
};

/** Field manager, also with a slash and more after it: who is told to have written what, https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers */
export const MANAGER = 'rotor';

const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };
// Of pods with long managedFields, so that a page stays far below what the client takes (10 MiB).
const PAGE = 100;

const listed = z.object({
  metadata: z.object({ continue: z.string().optional() }).nullish(),
  items: z.array(z.unknown()).nullish(),
});
const statusBody = z.object({
  kind: z.literal('Status'),
  reason: z.string().optional(),
  message: z.string().optional(),
});
const review = z.object({ status: z.object({ allowed: z.boolean() }) });

/** The few calls that a target needs. Throws `ApiRefusal`, and the `RotorError` of whatever did not arrive. */
export class KubernetesApi {
  #time: Millis | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly signal: AbortSignal,
  ) {}

  /** By the clock of the API server, in whole seconds, when it last answered; undefined: it has not said so yet. */
  get time(): Millis | undefined {
    return this.#time;
  }

  async get<T>(place: Place, shape: z.ZodType<T>): Promise<T | undefined> {
    try {
      return read(shape, await this.#send({ method: 'GET', path: pathOf(place) }));
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  async list<T>(place: Place, labelSelector: string, shape: z.ZodType<T>): Promise<T[]> {
    return (await this.listAtMost(Infinity, place, labelSelector, shape)) ?? [];
  }

  /** undefined: they are on more pages, of 100 each. */
  async listAtMost<T>(
    pages: number,
    place: Place,
    labelSelector: string,
    shape: z.ZodType<T>,
  ): Promise<T[] | undefined> {
    const found: T[] = [];
    let left = pages;
    for (let next: string | undefined = ''; next !== undefined; left -= 1) {
      if (left <= 0) return undefined;
      const query: Record<string, string | number> = {
        labelSelector,
        limit: PAGE,
        ...(next && { continue: next }),
      };
      const page = read(listed, await this.#send({ method: 'GET', path: pathOf(place), query }));
      found.push(...(page.items ?? []).map((item) => read(shape, item)));
      next = page.metadata?.continue === '' ? undefined : page.metadata?.continue;
    }
    return found;
  }

  /** A strategic merge patch: what it does not name stays as it is, whoever owns it. */
  async patch(place: Place, json: unknown, { isDryRun = false, manager = MANAGER } = {}): Promise<unknown> {
    const query = { fieldManager: manager, ...(isDryRun && { dryRun: 'All' }) };
    return this.#send({
      method: 'PATCH',
      path: pathOf(place),
      query,
      json,
      headers: STRATEGIC,
      isRead: isDryRun,
    });
  }

  async create(place: Place, json: unknown, { isDryRun = false, manager = MANAGER } = {}): Promise<unknown> {
    const query = { fieldManager: manager, ...(isDryRun && { dryRun: 'All' }) };
    return this.#send({ method: 'POST', path: pathOf(place), query, json, isRead: isDryRun });
  }

  /** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
  async mayI({ verb, kind, namespace, name }: Asked): Promise<boolean> {
    const resourceAttributes = {
      verb,
      group: kind.group,
      resource: kind.plural,
      namespace,
      ...(name && { name }),
    };
    const json = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    return read(review, await this.#send({ method: 'POST', path, json, isRead: true })).status.allowed;
  }

  /** Once more with another credential where the first one is not known: such a request has done nothing. */
  async #send(request: Omit<HttpRequest, 'signal'>): Promise<unknown> {
    const first = await this.cluster.client();
    let reply = await this.#once(first, request);
    if (reply.status === 401) {
      this.cluster.renew(first);
      reply = await this.#once(await this.cluster.client(), request);
    }
    if (reply.status >= 400) throw refusal(reply);
    return reply.json;
  }

  async #once(client: HttpClient, request: Omit<HttpRequest, 'signal'>): Promise<HttpReply> {
    const reply = await client.request({ ...request, signal: this.signal });
    const time = Date.parse(reply.headers.date ?? '');
    if (!Number.isNaN(time)) this.#time = Math.max(time, this.#time ?? 0);
    return reply;
  }
}

function pathOf({ kind, namespace, name }: Place): string {
  const root = kind.group === '' ? `/api/${kind.apiVersion}` : `/apis/${kind.apiVersion}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}${object}`;
}

function refusal(reply: HttpReply): ApiRefusal {
  const { data } = statusBody.safeParse(reply.json);
  const message = data?.message ?? 'the answer has no Status, so something in between may have given it';
  return new ApiRefusal(
    reply.status,
    data?.reason ?? 'Unknown',
    message,
    askedToWait(reply.headers, Date.now()),
  );
}

function read<T>(shape: z.ZodType<T>, json: unknown): T {
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.join('.') ?? '';
  throw new RotorError(
    'upstream_malformed',
    `the API server answered with an object that has no usable ${at}`,
  );
}
