import { EventList } from '../answers/index.js';
import { FollowEvents, ListEvents } from '../requests.js';
import type { Operation } from './operation.js';

/** What happens, over all runs. */
export const events = {
  listEvents: {
    method: 'GET',
    path: '/v1/events',
    scope: 'read',
    isNarrowed: true,
    summary: 'What has happened in all runs, and what people have said of rotations, oldest first.',
    query: ListEvents,
    answer: EventList,
  },
  followEvents: {
    method: 'GET',
    path: '/v1/events/stream',
    scope: 'read',
    isNarrowed: true,
    summary: 'The same as server-sent events, as it happens.',
    query: FollowEvents,
    headers: { 'last-event-id': 'The id of the last event that was read: the next ones follow.' },
    answer: { mediaType: 'text/event-stream', description: 'An event for each, as in `EventList`.' },
  },
} as const satisfies Record<string, Operation>;
