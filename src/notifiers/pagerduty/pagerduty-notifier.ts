import type { CloudEvent } from '../../events/cloud-event.js';
import { nameOf } from '../../events/cloud-event.js';
import { NOTIFIER_TEST } from '../../events/test-schema.js';
import type { Poster } from '../../http/poster.js';
import { RotorError } from '../../rotation/errors.js';
import type { Secret } from '../../rotation/secret.js';
import { shortened } from '../../rotation/well-formed.js';
import type { Links } from '../links.js';
import { addressOf, type Notifier, type PostingDeps } from '../notifier.js';
import { alertEvent, testEvents } from './alert-event.js';
import { alertsOf } from './alerts.js';
import type { PagerDutyNotifierConfig } from './config.js';

export type PagerDutyNotifierDeps = PostingDeps & { readonly links: Links };

const READ_BYTES = 4_096;
const MOST_SAID = 300;

/**
 * By the Events API v2: 202 where the event was taken; 400 is not to be repeated, 429 and 5xx are:
 * https://github.com/PagerDuty/api-schema/blob/main/reference/events-v2/openapiv3.json ("API Response Codes & Retry
 * Logic"). The key stands in the body. An alert that is triggered or resolved twice is the same alert.
 */
export function createPagerDutyNotifier(
  { routingKey, url, raising, limits }: PagerDutyNotifierConfig,
  { secret, poster, links }: PagerDutyNotifierDeps,
): Notifier {
  const post = async (event: object, signal: AbortSignal): Promise<void> => {
    const key = secret(routingKey);
    assertRoutingKey(key);
    const to = poster(new URL(`${url}/v2/enqueue`), limits);
    await enqueue(to, key, event, signal);
  };
  return {
    get address() {
      return addressOf(() => `${url} ${secret(routingKey).fingerprint}`);
    },
    send: async ({ body }, signal) => {
      const event = JSON.parse(body) as CloudEvent;
      const isTest = nameOf(event.type) === NOTIFIER_TEST;
      const all = isTest
        ? testEvents(event)
        : alertsOf(event, raising).map((alert) => alertEvent(event, alert, links));
      for (const one of all) await post(one, signal);
      if (all.length === 0) return 'nobody is called for it';
      return isTest ? 'answered 202 to an alert of severity info and to its end' : 'answered 202';
    },
  };
}

/** Throws `config_invalid`, without a character of it. */
export function assertRoutingKey(key: Secret): void {
  if (/^[0-9A-Za-z]{32}$/.test(key.reveal())) return;
  throw new RotorError(
    'config_invalid',
    'the routing key of a notifier of type pagerduty is none: expected 32 letters and digits',
    { hint: 'It is the integration key of an Events API v2 integration of a service.' },
  );
}

async function enqueue(to: Poster, key: Secret, event: object, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({ routing_key: key.reveal(), ...event });
  const headers = { 'content-type': 'application/json' };
  const reply = await to.post({ headers, body, readBytes: READ_BYTES }, signal);
  if (reply.status === 202) return;
  if (reply.status >= 200 && reply.status < 300) throw to.unlike(reply.status, '202');
  const refusal = to.refusal(reply);
  if (reply.status !== 400) throw refusal;
  const why = errorsIn(reply.text, key);
  throw new RotorError('request_invalid', `${refusal.message}${why}`, {
    effect: 'not_applied',
    hint: 'Where the key was at fault, have it sent again once that is mended: rotor notifications --state dead.',
  });
}

/** In its own words, which are about the form of what was sent: "Length of 'routing_key' is incorrect". */
function errorsIn(text: string, key: Secret): string {
  const errors = parsed(text)?.errors;
  if (!Array.isArray(errors)) return '';
  const said = errors.filter((one) => typeof one === 'string').join('; ');
  if (said === '') return '';
  return ` It says: ${shortened(said.replaceAll(key.reveal(), '[secret]').replaceAll(/[^\x20-\x7e]/g, '?'), MOST_SAID)}`;
}

function parsed(text: string): { readonly errors?: unknown } | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
