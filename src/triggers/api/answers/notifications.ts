import { z } from 'zod';
import { NOTIFICATION_STATES } from '../../../journal/notifications.js';
import { count, fingerprint, time } from './shared.js';

/** Of what others are told. */

export const NotificationView = z
  .strictObject({
    id: z.string(),
    notifier: z.string(),
    rotation: z.string(),
    eventId: z.string().describe('Of the event, and its `webhook-id`.'),
    event: z.string().describe('Its name, such as `rotation.failed`.'),
    at: time,
    state: z.enum(NOTIFICATION_STATES).describe('dead: given up.'),
    tries: count.describe('That failed.'),
    problem: z.string().nullable().describe('What the last one failed with.'),
    endedAt: time.nullable(),
  })
  .meta({ id: 'Notification' });

export const NotificationList = z
  .strictObject({
    notifications: z.array(NotificationView).describe('Newest first.'),
    next: z.string().nullable().describe('For `after`, where there are more.'),
  })
  .meta({ id: 'NotificationList' });

export const Confirmed = z
  .strictObject({
    delivery: z.string(),
    rotation: z.string(),
    target: z.string(),
    fingerprint,
    seen: count,
    of: count,
  })
  .meta({ id: 'Confirmed' });
