import type { ServerResponse } from 'node:http';
import type { Change, KubeObject, Objects } from './objects.js';
import { apiVersionOf, type Resource } from './resources.js';

export type WatchRequest = {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly matches: (object: KubeObject) => boolean;
  /** Absent: from now on, with what is there first. */
  readonly since?: string;
  readonly sendInitialEvents: boolean;
  readonly allowBookmarks: boolean;
};

/** kubectl since 1.35 waits for this mark before it believes that it has seen everything. */
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/**
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes and, for
 * sendInitialEvents, #streaming-lists
 */
export function startWatch(objects: Objects, request: WatchRequest, response: ServerResponse): void {
  const { resource, namespace, since, sendInitialEvents } = request;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const send = (type: string, object: unknown): void =>
    void response.write(`${JSON.stringify({ type, object })}\n`);
  const tell = ({ type, object }: Change): void => send(type, object);
  const isMeant = (change: Change): boolean =>
    change.resource.plural === resource.plural &&
    (namespace === undefined || change.object.metadata.namespace === namespace) &&
    request.matches(change.object);
  const isFromStart = since === undefined || since === '' || since === '0' || sendInitialEvents;
  if (isFromStart)
    for (const object of objects.list(resource, namespace).filter(request.matches)) send('ADDED', object);
  else objects.since(since).filter(isMeant).forEach(tell);
  if (sendInitialEvents && request.allowBookmarks)
    send('BOOKMARK', {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: { resourceVersion: objects.revision, annotations: INITIAL_EVENTS_END },
    });
  const stop = objects.listen((change) => {
    if (isMeant(change)) tell(change);
  });
  response.on('close', stop);
}
