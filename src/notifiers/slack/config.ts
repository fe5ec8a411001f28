import { z } from 'zod';
import { httpsUrl, secretReference, text } from '../../config/fields.js';
import { phrase } from '../../config/phrase.js';
import type { SecretRef } from '../../config/secret-ref.js';
import { limitsOf, receiverFields, type ReceiverLimits } from '../../config/webhook-fields.js';
import { on, source, type Hearing } from '../hearing.js';

type SlackHearing = Hearing & { readonly type: 'slack'; readonly limits: ReceiverLimits };

export type SlackWebhookConfig = SlackHearing & {
  /** Whoever knows it may post there. */
  readonly url: SecretRef;
};

export type SlackBotConfig = SlackHearing & {
  readonly token: SecretRef;
  readonly channel: string;
  readonly apiUrl: string;
};

export type SlackNotifierConfig = SlackWebhookConfig | SlackBotConfig;

export const WEB_API = 'https://slack.com/api';

const ONE_WAY = phrase(
  'either `url`, the address of an incoming webhook, or `token` and `channel`, of a bot',
  ['A webhook posts one message an event, a bot edits one message a run.'],
);

const fields = z.strictObject({
  type: z.literal('slack').describe('Messages to a channel of Slack, by an incoming webhook or by a bot.'),
  url: secretReference('Address of the incoming webhook, which is a secret as a whole.').exactOptional(),
  token: secretReference('Token of the bot, with the scope chat:write.').exactOptional(),
  channel: text('ID of the channel that the bot writes to, at the end of its details in Slack.', {
    pattern: /^[CDG][A-Z0-9]{2,}$/,
    expected: 'the ID of a channel, such as "C0123456789"; its name may change',
  }).exactOptional(),
  apiUrl: httpsUrl('The Web API, for a bot alone; of GovSlack https://slack-gov.com/api.')
    .meta({ default: WEB_API })
    .exactOptional(),
  on,
  source,
  ...receiverFields,
});

/** A notifier of type `slack`, as it stands in rotor.yaml. */
export const slackNotifierConfig = fields.transform(
  (
    { type, url, token, channel, apiUrl, on: heard, source: from, ...limits },
    context,
  ): SlackNotifierConfig => {
    const common = { type, on: heard, source: from, limits: limitsOf(limits) };
    const isBot = token !== undefined && channel !== undefined;
    if (url === undefined && isBot) return { ...common, token, channel, apiUrl: apiUrl ?? WEB_API };
    if (url !== undefined && [token, channel, apiUrl].every((one) => one === undefined))
      return { ...common, url };
    context.addIssue({ code: 'custom', message: ONE_WAY });
    return z.NEVER;
  },
);
