import type http from 'node:http';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HOST, Receiver } from '../webhooks/receiver.js';
import { payload, type SlackMessage } from './slack-channel.js';

const CHANNEL = 'C0123456789';
const OTHER = 'C9876543210';

/**
 * Arguments as documented (https://docs.slack.dev/reference/methods/chat.postMessage, .../chat.update), and
 * `client_msg_id`, of which the errors of the former alone tell.
 */
const post = payload.extend({
  channel: z.string(),
  thread_ts: z.string().optional(),
  unfurl_links: z.boolean().optional(),
  client_msg_id: z.uuid().optional(),
});
const update = payload.extend({ channel: z.string(), ts: z.string() });

type Message = {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string | undefined;
  /** Every form that it has had, the newest last. */
  readonly forms: SlackMessage[];
};

type Answer = Readonly<Record<string, unknown>> & { readonly ok: boolean };

/**
 * A workspace with two channels, and the two methods of its Web API that a bot needs: refusals come with status 200
 * (https://docs.slack.dev/apis/web-api/#responses) and the words of the methods' own lists of errors.
 */
export class SlackWorkspace {
  readonly channel = CHANNEL;
  readonly other = OTHER;
  readonly token = `xoxb-${randomBytes(6).toString('hex')}-${randomBytes(12).toString('hex')}`;
  messages: Message[] = [];
  readonly archived = new Set<string>();
  /** Whether it looks for duplicates by `client_msg_id`: its arguments do not promise it. */
  knowsDuplicates = true;
  /** So many answers are lost although what they answer has been done. */
  lost = 0;
  /** In the place of its own, once. */
  answers: ((response: http.ServerResponse) => void)[] = [];
  /** Each call with its answer. */
  readonly calls: string[] = [];
  readonly #byClientId = new Map<string, string>();
  #count = 0;

  private constructor(private readonly receiver: Receiver) {}

  static async start(): Promise<SlackWorkspace> {
    const workspace = new SlackWorkspace(await Receiver.start());
    workspace.receiver.answer = (response) => workspace.#answer(response);
    return workspace;
  }

  get apiUrl(): string {
    return `https://${HOST}:${this.receiver.port}/api`;
  }

  /** Those that stand in the channel itself, as they are now. */
  get shown(): SlackMessage[] {
    return this.shownIn(CHANNEL);
  }

  shownIn(wanted: string): SlackMessage[] {
    return this.messages.flatMap(({ channel, threadTs, forms }) =>
      channel === wanted && threadTs === undefined ? forms.slice(-1) : [],
    );
  }

  async close(): Promise<void> {
    await this.receiver.close();
  }

  #answer(response: http.ServerResponse): void {
    const instead = this.answers.shift();
    if (instead) return instead(response);
    const { url = '', body = '', headers } = this.receiver.received.at(-1) ?? {};
    const method = url.replace('/api/', '');
    const said = this.#asked(method, headers, body);
    this.calls.push(`${method} ${'error' in said ? String(said.error) : 'ok'}`);
    if (this.lost > 0) {
      this.lost -= 1;
      response.destroy();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(said));
  }

  #asked(method: string, headers: http.IncomingHttpHeaders | undefined, body: string): Answer {
    const { authorization, 'content-type': type = '' } = headers ?? {};
    if (authorization === undefined) return refused('not_authed');
    if (authorization !== `Bearer ${this.token}`) return refused('invalid_auth');
    if (!type.startsWith('application/json')) return refused('invalid_post_type');
    const json: unknown = JSON.parse(body);
    if (method === 'chat.postMessage') return this.#post(json);
    return method === 'chat.update' ? this.#update(json) : refused('unknown_method');
  }

  #post(json: unknown): Answer {
    const read = post.safeParse(json);
    if (!read.success) return refused('invalid_blocks');
    const { channel, thread_ts: threadTs, client_msg_id: id, text, blocks } = read.data;
    if (channel !== CHANNEL && channel !== OTHER) return refused('channel_not_found');
    if (this.archived.has(channel)) return refused('is_archived');
    const before = this.knowsDuplicates && id !== undefined ? this.#byClientId.get(id) : undefined;
    if (before !== undefined) {
      const isThere = this.messages.some(({ ts }) => ts === before);
      return isThere ? { ok: true, channel, ts: before } : refused('duplicate_message_not_found');
    }
    const ts = `1503435956.${String((this.#count += 1)).padStart(6, '0')}`;
    this.messages.push({ channel, ts, threadTs, forms: [{ text, blocks }] });
    if (id !== undefined) this.#byClientId.set(id, ts);
    return { ok: true, channel, ts, message: { text, type: 'message', ts } };
  }

  #update(json: unknown): Answer {
    const read = update.safeParse(json);
    if (!read.success) return refused('invalid_blocks');
    const { channel, ts, text, blocks } = read.data;
    if (channel !== CHANNEL && channel !== OTHER) return refused('channel_not_found');
    if (this.archived.has(channel)) return refused('is_inactive');
    if (text.length > 4_000) return refused('msg_too_long');
    const message = this.messages.find((one) => one.channel === channel && one.ts === ts);
    if (!message) return refused('message_not_found');
    message.forms.push({ text, blocks });
    return { ok: true, channel, ts, text, message: { text } };
  }
}

function refused(error: string): Answer & { readonly error: string } {
  return { ok: false, error };
}
