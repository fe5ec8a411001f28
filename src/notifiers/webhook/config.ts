import { z } from 'zod';
import {
  isEncryptedOrAllowed,
  PLAIN_HTTP,
  receiverOf,
  webhookFields,
  type WebhookReceiver,
} from '../../config/webhook-fields.js';
import { on, source, type Hearing } from '../hearing.js';

export type WebhookNotifierConfig = Hearing & {
  readonly type: 'webhook';
  readonly receiver: WebhookReceiver;
};

const declared = z
  .strictObject({
    type: z.literal('webhook').describe('Signed CloudEvents to an https address.'),
    on,
    source,
    ...webhookFields,
  })
  .refine(isEncryptedOrAllowed, PLAIN_HTTP);

/** A notifier of type `webhook`, as it stands in rotor.yaml. */
export const webhookNotifierConfig = declared.transform(
  ({ type, on: heard, source: from, ...receiver }): WebhookNotifierConfig => ({
    type,
    on: heard,
    source: from,
    receiver: receiverOf(receiver),
  }),
);
