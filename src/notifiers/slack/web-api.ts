import { z } from 'zod';
import type { Poster } from '../../http/poster.js';
import { RotorError, type Code } from '../../rotation/errors.js';
import type { Secret } from '../../rotation/secret.js';

export type Method = 'chat.postMessage' | 'chat.update';

/** A message that is there: a channel by its ID, and the time stamp that is the name of the message in it. */
export type Posted = { readonly channel: string; readonly ts: string };

/** Of a refusal that names its reason. */
export type Refused = { readonly word: string; readonly error: RotorError };

/** An answer repeats the message, with escapes. */
const READ_BYTES = 512 * 1024;

const answer = z.union([
  z.object({ ok: z.literal(true), channel: z.string().min(1), ts: z.string().regex(/^\d+\.\d+$/) }),
  z.object({ ok: z.literal(false), error: z.string().regex(/^[a-z_]{1,60}$/) }),
]);

/**
 * One call of the Web API (https://docs.slack.dev/apis/web-api/#responses): a refusal comes with the status 200,
 * `ok: false` and a word; 429 with Retry-After (https://docs.slack.dev/apis/web-api/rate-limits). The words are those of
 * https://docs.slack.dev/reference/methods/chat.postMessage#errors and of chat.update. Throws where there is no such
 * answer; then the message may be there all the same.
 */
export async function call(
  { to, host, token }: { readonly to: Poster; readonly host: string; readonly token: Secret },
  method: Method,
  body: object,
  signal: AbortSignal,
): Promise<Posted | Refused> {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    authorization: `Bearer ${token.reveal()}`,
  };
  const post = { headers, body: JSON.stringify(body), readBytes: READ_BYTES };
  const reply = await to.post(post, signal);
  if (reply.status === 429 || reply.status >= 300) throw to.refusal(reply);
  const read = answer.safeParse(parsed(reply.text));
  if (!read.success) throw to.unlike(reply.status, 'an answer of the Web API');
  if (read.data.ok) return { channel: read.data.channel, ts: read.data.ts };
  const word = read.data.error;
  return { word, error: refusalOf(`${host}: ${method}: answered ${word}.`, word) };
}

export function isRefused(answered: Posted | Refused): answered is Refused {
  return 'word' in answered;
}

/** Throws `config_invalid`, without a character of it. User tokens can do the same. */
export function assertBotToken(token: Secret): void {
  if (/^(xoxe\.)?xox[bp]-[0-9A-Za-z-]+$/.test(token.reveal())) return;
  throw new RotorError(
    'config_invalid',
    'the token of a notifier of type slack is none: expected a bot token, which begins with xoxb-',
    { hint: 'It stands in "OAuth & Permissions" of the Slack app, which needs the scope chat:write.' },
  );
}

type Meaning = { readonly code: Code; readonly hint?: string };

const CHANNEL: Meaning = {
  code: 'upstream_not_found',
  hint: 'Look at `channel`, and invite the app to it: /invite @NAME.',
};
const TOKEN: Meaning = {
  code: 'upstream_unauthenticated',
  hint: 'Put a token of an app that is installed where `token` leads to.',
};
const RIGHTS: Meaning = {
  code: 'upstream_forbidden',
  hint: 'The app needs the scope chat:write, and leave of the workspace to write to this channel.',
};
const UNFIT: Meaning = { code: 'request_invalid' };
const THEIRS: Meaning = { code: 'upstream_error' };
const TOO_MANY: Meaning = { code: 'upstream_rate_limited' };

const WORDS: Readonly<Record<string, Meaning>> = {
  ...all(CHANNEL, 'channel_not_found', 'not_in_channel', 'team_not_found'),
  ...all(TOKEN, 'not_authed', 'invalid_auth', 'account_inactive', 'token_revoked', 'token_expired'),
  ...all(TOKEN, 'not_allowed_token_type'),
  ...all(RIGHTS, 'missing_scope', 'no_permission', 'access_denied', 'accesslimited', 'ekm_access_denied'),
  ...all(RIGHTS, 'restricted_action', 'restricted_action_read_only_channel'),
  ...all(RIGHTS, 'restricted_action_thread_only_channel'),
  ...all(UNFIT, 'invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long', 'no_text'),
  ...all(THEIRS, 'fatal_error', 'internal_error', 'service_unavailable', 'request_timeout', 'update_failed'),
  ...all(THEIRS, 'team_added_to_org', 'org_login_required', 'external_channel_migrating'),
  ...all(TOO_MANY, 'ratelimited', 'rate_limited', 'message_limit_exceeded'),
  ...all({ code: 'receiver_gone' }, 'is_archived'),
};

/** Words with which something may have been done all the same. */
const UNCERTAIN = /^(fatal_error|internal_error|service_unavailable|request_timeout)$/;

function refusalOf(message: string, word: string): RotorError {
  const { code, hint } = WORDS[word] ?? { code: 'upstream_rejected' };
  return new RotorError(code, message, {
    ...(hint !== undefined && { hint }),
    ...(!UNCERTAIN.test(word) && { effect: 'not_applied' }),
  });
}

function all(meaning: Meaning, ...words: readonly string[]): Record<string, Meaning> {
  return Object.fromEntries(words.map((word) => [word, meaning]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
