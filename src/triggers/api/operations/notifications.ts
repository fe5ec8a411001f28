import { Confirmed, NotificationList, NotificationView, NotifierTested } from '../answers/index.js';
import { Callback, ListNotifications } from '../requests.js';
import type { Operation } from './operation.js';

/** What others are told. */
export const notifications = {
  listNotifications: {
    method: 'GET',
    path: '/v1/notifications',
    scope: 'read',
    summary: 'What was sent to notifiers, waits, or was given up; never what it said.',
    query: ListNotifications,
    answer: NotificationList,
  },
  confirmDelivery: {
    method: 'POST',
    path: '/v1/callbacks/{delivery}',
    scope: 'delivery',
    summary: 'A receiver says that its agents run with the token that was delivered to it.',
    body: Callback,
    answer: Confirmed,
  },
  testNotifier: {
    method: 'POST',
    path: '/v1/notifiers/{notifier}/test',
    scope: 'admin',
    summary:
      'Sends a signed event that says nothing, at once and one time, and tells what the receiver made of it.',
    answer: NotifierTested,
  },
  replayNotification: {
    method: 'POST',
    path: '/v1/notifications/{notification}/replay',
    scope: 'admin',
    summary: 'Sends one again that was given up.',
    status: 202,
    answer: NotificationView,
  },
} as const satisfies Record<string, Operation>;
