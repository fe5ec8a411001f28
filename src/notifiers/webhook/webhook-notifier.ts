import { CLOUD_EVENT_TYPE } from '../../events/cloud-event.js';
import type { WebhookClient } from '../../http/webhook.js';
import { addressOf, type Notifier } from '../notifier.js';
import type { WebhookNotifierConfig } from './config.js';

export type WebhookNotifierDeps = {
  readonly client: (receiver: WebhookNotifierConfig['receiver']) => WebhookClient;
};

/** Signed CloudEvents, by Standard Webhooks. */
export function createWebhookNotifier(
  { receiver }: WebhookNotifierConfig,
  { client }: WebhookNotifierDeps,
): Notifier {
  const webhook = client(receiver);
  return {
    address: addressOf(() => receiver.url),
    send: async ({ id, body }, signal) =>
      `answered ${await webhook.send({ id, body, contentType: CLOUD_EVENT_TYPE }, signal)}`,
  };
}
