import { z } from 'zod';
import { duration, httpsUrl } from '../../config/fields.js';
import { phrase } from '../../config/phrase.js';
import { deliveryFields, deliveryTerms, targetName, type DeliveryTerms } from '../../config/target-fields.js';
import {
  isEncryptedOrAllowed,
  PLAIN_HTTP,
  receiverOf,
  webhookFields,
  type WebhookReceiver,
} from '../../config/webhook-fields.js';

export type WebhookTargetConfig = DeliveryTerms & {
  readonly type: 'webhook';
  readonly name: string;
  readonly receiver: WebhookReceiver;
  /** Whether the token itself is sent, or where it can be read. */
  readonly payload: 'reference' | 'value';
  /** Absent: the receiver does not call back, and nobody can look. */
  readonly ack?: { readonly url: string; readonly timeoutMs: number };
  readonly readyTimeoutMs: number;
};

/** A receiver that says nothing is assumed to have the token by then; one that says "2 of 3" gets a while longer. */
const AFTER_ACK_MS = 5 * 60_000;

const declared = z
  .strictObject({
    type: z.literal('webhook').describe('A signed message to whoever brings the token to its agents.'),
    name: targetName('the host of its URL').exactOptional(),
    ...webhookFields,
    wave: deliveryFields.wave,
    deadline: deliveryFields.deadline,
    retries: deliveryFields.retries,
    payload: z
      .enum(['reference', 'value'])
      .meta({
        description: 'reference: where the token can be read; value: the token itself, over https alone.',
        default: 'reference',
      })
      .prefault('reference'),
    ack: z
      .strictObject({
        url: httpsUrl('Address of this Rotor as the receiver reaches it, for its call-back.'),
        timeout: duration(
          'How long to wait for the call-back before the delivery counts as assumed. Default: 5m.',
          { min: '1s', max: '1d' },
        ).prefault('5m'),
      })
      .describe(
        'The receiver calls back with the fingerprint. Default: it does not, and the token is assumed there.',
      )
      .exactOptional(),
  })
  .refine(isEncryptedOrAllowed, PLAIN_HTTP)
  .refine(({ payload, url }) => payload === 'reference' || url.startsWith('https:'), {
    path: ['payload'],
    error: phrase('reference', ['No token goes over plain http, whatever allowHttp says.']),
  });

/** A target of type `webhook`, as it stands in rotor.yaml; its output has its defaults and milliseconds. */
export const webhookTargetConfig = declared.transform(
  ({ type, name, payload, ack, wave, deadline, retries, ...receiver }): WebhookTargetConfig => ({
    type,
    ...deliveryTerms({ wave, deadline, retries }),
    name: name ?? nameOf(receiver.url),
    receiver: receiverOf(receiver),
    payload,
    ...(ack && { ack: { url: ack.url, timeoutMs: ack.timeout } }),
    readyTimeoutMs: (ack?.timeout ?? 0) + AFTER_ACK_MS,
  }),
);

function nameOf(url: string): string {
  return (URL.parse(url)?.hostname ?? '').replaceAll(/[^\w.-]/g, '').slice(0, 63) || 'webhook';
}
