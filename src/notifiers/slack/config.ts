import { z } from 'zod';
import { secretReference } from '../../config/fields.js';
import type { SecretRef } from '../../config/secret-ref.js';
import { limitsOf, receiverFields, type ReceiverLimits } from '../../config/webhook-fields.js';
import { on, source, type Hearing } from '../hearing.js';

export type SlackNotifierConfig = Hearing & {
  readonly type: 'slack';
  /** Whoever knows it may post there. */
  readonly url: SecretRef;
  readonly limits: ReceiverLimits;
};

/** A notifier of type `slack`, as it stands in rotor.yaml. */
export const slackNotifierConfig = z
  .strictObject({
    type: z.literal('slack').describe('Messages to a channel of Slack, by an incoming webhook.'),
    url: secretReference('Address of the incoming webhook, which is a secret as a whole.'),
    on,
    source,
    ...receiverFields,
  })
  .transform(({ type, url, on: heard, source: from, ...limits }): SlackNotifierConfig => ({
    type,
    on: heard,
    source: from,
    url,
    limits: limitsOf(limits),
  }));
