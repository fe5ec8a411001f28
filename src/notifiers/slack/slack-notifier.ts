import type { CloudEvent } from '../../events/cloud-event.js';
import type { ErrorReader } from '../../http/faults.js';
import { secretAddress } from '../../http/poster.js';
import { RotorError } from '../../rotation/errors.js';
import type { Links } from '../links.js';
import { addressOf, type Notifier, type PostingDeps } from '../notifier.js';
import type { SlackWebhookConfig } from './config.js';
import { slackMessage } from './message.js';

export type SlackNotifierDeps = PostingDeps & { readonly links: Links };

const READ_BYTES = 256;
const WHOSE = 'a notifier of type slack';

/**
 * By incoming webhook: `ok` where the message was taken, else a status and a word such as `invalid_payload` (400),
 * `action_prohibited` (403), `channel_not_found` or `no_service` (404), `channel_is_archived` (410), `rollup_error` (500):
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors and
 * https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks. Of 429 with Retry-After:
 * https://docs.slack.dev/apis/web-api/rate-limits
 */
export function createSlackNotifier(
  { url, limits }: SlackWebhookConfig,
  { secret, poster, links }: SlackNotifierDeps,
): Notifier {
  return {
    get address() {
      return addressOf(() => secret(url).fingerprint);
    },
    send: async ({ body }, signal) => {
      const post = poster(secretAddress(secret(url), WHOSE), limits);
      const message = JSON.stringify(slackMessage(JSON.parse(body) as CloudEvent, links));
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      const reply = await post.post({ headers, body: message, readBytes: READ_BYTES }, signal);
      if (reply.status === 200 && reply.text.trim() === 'ok') return 'answered ok';
      if (reply.status >= 200 && reply.status < 300) throw post.unlike(reply.status, '`ok`');
      const refusal = post.refusal(reply, word);
      throw NEVER.test(reply.text.trim()) ? unfit(refusal) : refusal;
    },
  };
}

/** Of the message and not of the channel: the next try would be answered likewise. */
const NEVER = /^(invalid_payload|invalid_blocks|invalid_blocks_format|too_many_attachments|no_text)$/;

function unfit({ message }: RotorError): RotorError {
  return new RotorError('request_invalid', message, { effect: 'not_applied' });
}

const word: ErrorReader = (text) =>
  typeof text === 'string' && /^[a-z_]{1,60}$/.test(text.trim())
    ? [{ code: text.trim(), message: '' }]
    : undefined;
