import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { exchange, type ExchangeDeps } from '../exchange.js';
import type { LedgerEvent } from '../ledger.js';
import type { Reply } from '../reply.js';
import { assertAllowed, attributesOf, reviewed, verbOf, type User } from './access.js';
import { discoveryOf } from './discovery.js';
import type { KubeObject, Objects } from './objects.js';
import { apiVersionOf, resourceNamed, type Resource } from './resources.js';
import { fieldMatcher, labelMatcher } from './selectors.js';
import { errorOfStatus, StatusError, statusOf } from './status-error.js';
import { startWatch } from './watching.js';
import { APPLY, unsupported, type WriteOptions, type Writes } from './writes.js';

export type World = {
  readonly objects: Objects;
  readonly writes: Writes;
  userOf(token: string): User | undefined;
  readonly exchange: ExchangeDeps;
  readonly log: (event: LedgerEvent) => void;
};

export type Call = {
  readonly verb: string;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly user: User;
  readonly raw: string;
};

const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?$/;

export async function handle(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://sandbox');
  // https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1: of its own clock, by which it stamps what is written as well.
  response.setHeader('date', new Date(world.objects.now()).toUTCString());
  try {
    const user = authenticated(world, request);
    const discovered = discoveryOf(url.pathname, request.headers.host ?? '');
    if (discovered !== undefined) return send(response, json(200, discovered));
    const call = await callOf(request, url, user);
    if (call.verb === 'watch') return watch(world, call, response);
    await exchange(request, response, exchangeOf(world, call, request.method ?? ''), world.exchange);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    send(response, json(error.code, statusOf(error)));
  }
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/: a bearer token, or nobody. */
function authenticated(world: World, request: IncomingMessage): User {
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  const user = token === undefined ? undefined : world.userOf(token);
  if (!user) throw errorOfStatus(401);
  return user;
}

async function callOf(request: IncomingMessage, url: URL, user: User): Promise<Call> {
  const { group = '', version = '', namespace, plural = '', name } = PATH.exec(url.pathname)?.groups ?? {};
  const resource = resourceNamed(group, version, plural);
  if (!resource) throw errorOfStatus(404);
  const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
  return {
    verb: verbOf(request.method ?? '', name, isWatch),
    resource,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    query: url.searchParams,
    contentType: (request.headers['content-type'] ?? '').split(';')[0] ?? '',
    user,
    raw: await text(request),
  };
}

function exchangeOf(world: World, call: Call, method: string) {
  const { verb, resource, namespace, name, query, user } = call;
  const refused = (error: StatusError): Reply => json(error.code, statusOf(error));
  return {
    subject: { operation: `${verb} ${resource.plural}` },
    headers: {},
    act: async (): Promise<Reply> => {
      try {
        return json(verb === 'create' ? 201 : 200, acted(world, call));
      } catch (error) {
        if (error instanceof StatusError) return refused(error);
        throw error;
      }
    },
    errorReply: (status: number): Reply => refused(errorOfStatus(status)),
    onFate: (status: number, reply: 'sent' | 'lost' | 'cut') =>
      world.log({
        kind: 'kubernetes.request',
        method,
        verb,
        resource: resource.plural,
        ...(namespace !== undefined && { namespace }),
        ...(name !== undefined && { name }),
        user: user.name,
        isDryRun: query.get('dryRun') === 'All',
        status,
        reply,
      }),
  };
}

function acted(world: World, call: Call): unknown {
  const { verb, resource, user, namespace, name } = call;
  if (resource.kind === 'SelfSubjectAccessReview') return reviewed(user, bodyOf(call));
  const place = { ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) };
  const isOfNamespace = resource.kind === 'Namespace' && name !== undefined;
  assertAllowed(user, attributesOf(verb, resource, { ...place, ...(isOfNamespace && { namespace: name }) }));
  const { writes } = world;
  if (verb === 'list') return list(world, call);
  const options = writeOptions(call);
  if (verb === 'create') return writes.create({ resource, ...place }, bodyOf(call), options);
  if (name === undefined)
    throw new StatusError(
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    );
  const one = { resource, ...place, name };
  if (verb === 'get') return writes.find(one);
  if (verb === 'update') return writes.replace(one, bodyOf(call), options);
  if (verb === 'delete') return writes.remove(one, options);
  // Server-side apply of what is not there makes it, for which its caller needs to be allowed as well.
  const isBirth = call.contentType === APPLY && !world.objects.find(resource, namespace, name);
  if (isBirth) assertAllowed(user, attributesOf('create', resource, place));
  return writes.patch(one, call.contentType, parsed(call), options);
}

function list({ objects }: World, { resource, namespace, query }: Call): unknown {
  const found = objects.list(resource, namespace).filter(matcherOf(query));
  const limit = Number(query.get('limit') ?? 0) || found.length;
  const start = Number(query.get('continue') ?? 0);
  const items = found.slice(start, start + limit);
  const next = start + limit < found.length ? String(start + limit) : undefined;
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: objects.revision, ...(next !== undefined && { continue: next }) },
    items,
  };
}

function watch({ objects }: World, call: Call, response: ServerResponse): void {
  const { resource, namespace, query, user } = call;
  assertAllowed(user, attributesOf('watch', resource, namespace === undefined ? {} : { namespace }));
  const since = query.get('resourceVersion');
  startWatch(
    objects,
    {
      resource,
      ...(namespace !== undefined && { namespace }),
      matches: matcherOf(query),
      ...(since !== null && { since }),
      sendInitialEvents: query.get('sendInitialEvents') === 'true',
      allowBookmarks: query.get('allowWatchBookmarks') === 'true',
    },
    response,
  );
}

function matcherOf(query: URLSearchParams): (object: KubeObject) => boolean {
  const labels = labelMatcher(query.get('labelSelector') ?? '');
  const fields = fieldMatcher(query.get('fieldSelector') ?? '');
  return (object) => labels(object.metadata.labels ?? {}) && fields(object);
}

function writeOptions({ query, user, contentType }: Call): WriteOptions {
  // Where no manager is named, the server takes the first part of the client's User-Agent.
  const named = query.get('fieldManager');
  return {
    manager: named ?? (contentType === APPLY ? '' : (user.name.split(':').at(-1) ?? 'unknown')),
    isDryRun: query.get('dryRun') === 'All',
    isForced: query.get('force') === 'true',
  };
}

function bodyOf(call: Call): KubeObject {
  if (!['application/json', 'application/yaml'].includes(call.contentType))
    throw unsupported(call.contentType);
  const body = parsed(call) as Partial<KubeObject>;
  return {
    apiVersion: '',
    kind: '',
    ...body,
    metadata: { name: '', ...body.metadata } as KubeObject['metadata'],
  };
}

function parsed({ raw, contentType }: Call): unknown {
  try {
    return contentType.endsWith('yaml') ? parse(raw) : JSON.parse(raw);
  } catch {
    throw new StatusError(400, 'BadRequest', 'the object provided is unrecognized');
  }
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers).end(body);
}
