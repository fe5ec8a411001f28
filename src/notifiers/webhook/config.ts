import { z } from 'zod';
import { text } from '../../config/fields.js';
import {
  isEncryptedOrAllowed,
  PLAIN_HTTP,
  receiverOf,
  webhookFields,
  type WebhookReceiver,
} from '../../config/webhook-fields.js';
import { SOURCE } from '../../events/cloud-event.js';
import { EVENT_NAMES, type EventName } from '../../events/schemas.js';

export type WebhookNotifierConfig = {
  readonly type: 'webhook';
  readonly on: readonly (EventName | '*')[];
  readonly source: string;
  readonly receiver: WebhookReceiver;
};

const SOURCE_EXPECTED = 'a URI, such as "https://rotor.example.com" or "urn:rotor:prod"';

const declared = z
  .strictObject({
    type: z.literal('webhook').describe('Signed CloudEvents to an https address.'),
    on: z
      .array(z.enum(['*', ...EVENT_NAMES]), { error: 'a list of events, or ["*"]' })
      .min(1, { error: 'at least one event, or "*"' })
      .meta({ description: 'Events that it hears of.', default: ['*'] })
      .prefault(['*']),
    source: text('Which Rotor this is, in the events: a URI.', {
      pattern: /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/,
      expected: SOURCE_EXPECTED,
    })
      .meta({ default: SOURCE })
      .prefault(SOURCE),
    ...webhookFields,
  })
  .refine(isEncryptedOrAllowed, PLAIN_HTTP);

/** A notifier of type `webhook`, as it stands in rotor.yaml. */
export const webhookNotifierConfig = declared.transform(
  ({ type, on, source, ...receiver }): WebhookNotifierConfig => ({
    type,
    on,
    source,
    receiver: receiverOf(receiver),
  }),
);
