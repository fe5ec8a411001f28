import { z } from 'zod';
import type { Notifier } from './notifier.js';
import { webhookNotifierConfig, type WebhookNotifierConfig } from './webhook/config.js';
import { createWebhookNotifier, type WebhookNotifierDeps } from './webhook/webhook-notifier.js';

/** One line per kind of notifier. */
export const notifierConfig = z.discriminatedUnion('type', [webhookNotifierConfig]);

export type NotifierConfig = WebhookNotifierConfig;
export type NotifierDeps = WebhookNotifierDeps;

const notifiers = {
  webhook: createWebhookNotifier,
} satisfies Record<NotifierConfig['type'], (config: NotifierConfig, deps: NotifierDeps) => Notifier>;

export function createNotifier(config: NotifierConfig, deps: NotifierDeps): Notifier {
  return notifiers[config.type](config, deps);
}
