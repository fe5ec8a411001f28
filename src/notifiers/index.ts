import { z } from 'zod';
import type { SecretRef } from '../config/secret-ref.js';
import { secretAddress } from '../http/poster.js';
import { assertSigningSecret } from '../http/signing.js';
import { healthchecksConfig, type HealthchecksConfig } from './healthchecks/config.js';
import { createHealthchecksNotifier, WHOSE } from './healthchecks/pinger.js';
import type { Notifier, PostingDeps } from './notifier.js';
import { pagerDutyNotifierConfig, type PagerDutyNotifierConfig } from './pagerduty/config.js';
import { assertRoutingKey, createPagerDutyNotifier } from './pagerduty/pagerduty-notifier.js';
import { slackNotifierConfig, type SlackNotifierConfig } from './slack/config.js';
import { SlackBot } from './slack/slack-bot.js';
import { createSlackNotifier, type SlackNotifierDeps } from './slack/slack-notifier.js';
import { assertBotToken } from './slack/web-api.js';
import { webhookNotifierConfig, type WebhookNotifierConfig } from './webhook/config.js';
import { createWebhookNotifier, type WebhookNotifierDeps } from './webhook/webhook-notifier.js';

/** One line per kind of notifier. */
export const notifierConfig = z.discriminatedUnion('type', [
  webhookNotifierConfig,
  slackNotifierConfig,
  pagerDutyNotifierConfig,
  healthchecksConfig,
]);

export type NotifierConfig =
  WebhookNotifierConfig | SlackNotifierConfig | PagerDutyNotifierConfig | HealthchecksConfig;
export type NotifierDeps = WebhookNotifierDeps & SlackNotifierDeps;

export function createNotifier(config: NotifierConfig, deps: NotifierDeps): Notifier {
  switch (config.type) {
    case 'webhook':
      return createWebhookNotifier(config, deps);
    case 'slack':
      return 'token' in config ? new SlackBot(config, deps) : createSlackNotifier(config, deps);
    case 'pagerduty':
      return createPagerDutyNotifier(config, deps);
    case 'healthchecks':
      return createHealthchecksNotifier(config, deps);
  }
}

/** Throws `config_invalid` for a secret that cannot be what it is for, without a character of it. */
export function assertSecretsOf(config: NotifierConfig, secret: PostingDeps['secret']): void {
  switch (config.type) {
    case 'webhook':
      for (const one of config.receiver.secrets) assertSigningSecret(secret(one));
      return;
    case 'slack':
      if ('token' in config) assertBotToken(secret(config.token));
      else secretAddress(secret(config.url), 'a notifier of type slack');
      return;
    case 'pagerduty':
      assertRoutingKey(secret(config.routingKey));
      return;
    case 'healthchecks':
      secretAddress(secret(config.url), WHOSE);
  }
}

/** Every reference to a secret of it. */
export function secretsOfNotifier(config: NotifierConfig): readonly SecretRef[] {
  switch (config.type) {
    case 'webhook':
      return config.receiver.secrets;
    case 'slack':
      return ['token' in config ? config.token : config.url];
    case 'healthchecks':
      return [config.url];
    case 'pagerduty':
      return [config.routingKey];
  }
}
