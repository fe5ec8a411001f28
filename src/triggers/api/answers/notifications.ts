import { z } from 'zod';
import { NOTIFICATION_STATES } from '../../../journal/notifications.js';
import { count, fingerprint, milliseconds, time } from './shared.js';

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

export const NotifierTested = z
  .strictObject({
    notifier: z.string(),
    eventId: z.string().describe('Of the event that was sent, and its `webhook-id`.'),
    taken: z.boolean(),
    answer: z
      .string()
      .nullable()
      .describe('Of the receiver, in a few words; null where it has not taken it.'),
    problem: z
      .strictObject({
        code: z.string(),
        detail: z.string().describe('A sentence for a person. It may change.'),
        hint: z.string().nullable(),
      })
      .nullable()
      .describe('Why it was not taken.'),
    durationMs: milliseconds,
  })
  .meta({ id: 'NotifierTested' });

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
