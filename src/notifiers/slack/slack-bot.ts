import type { CloudEvent } from '../../events/cloud-event.js';
import { addressOf, type Memory, type Message, type Notifier } from '../notifier.js';
import type { SlackBotConfig } from './config.js';
import { lineOf, slackMessage, type SlackMessage } from './message.js';
import { linesWith, newerOf, postIdOf, readNote, type RunNote } from './run-note.js';
import type { SlackNotifierDeps } from './slack-notifier.js';
import { assertBotToken, call, isRefused, type Method, type Posted, type Refused } from './web-api.js';

/** Who is told to stop still waits so long for an answer: the time stamp in it would be lost. */
const LAST_WAIT_MS = 2_000;

/**
 * With these the message of a run cannot be edited, or not any more: a new one takes its place. It may stand in a channel
 * that the config no longer has, so that it says nothing of the receiver either.
 */
const NOT_EDITABLE =
  /^(message_not_found|cant_update_message|edit_window_closed|channel_not_found|not_in_channel|is_inactive|is_archived|team_not_found|block_mismatch)$/;
/** With these there is no thread to reply in; the same is to be said of it. */
const NO_THREAD =
  /^(thread_not_found|cannot_reply_to_message|channel_not_found|not_in_channel|is_archived|restricted_action_(non_threadable_channel|thread_locked))$/;
/** Somebody has deleted what was posted under the id. */
const DELETED = /^duplicate_(message|channel)_not_found$/;

/**
 * By a bot: one message a run, posted by its first event and edited by each later one. Which message that is, is kept in
 * the journal; who dies between the answer of Slack and that note posts it again. Each post has a `client_msg_id`: the
 * errors of chat.postMessage tell of duplicates that are found by it, its arguments do not have it, so that it may help
 * and nothing relies on it.
 */
export class SlackBot implements Notifier {
  /** What Slack has answered and the journal could not take: known as long as this process lives. */
  readonly #unkept = new Map<string, RunNote>();

  constructor(
    private readonly config: SlackBotConfig,
    private readonly deps: SlackNotifierDeps,
  ) {}

  get address(): string {
    const { apiUrl, channel, token } = this.config;
    return addressOf(() => `${apiUrl} ${channel} ${this.deps.secret(token).fingerprint}`);
  }

  async send({ id, body, memory }: Message, signal: AbortSignal): Promise<string> {
    const event = JSON.parse(body) as CloudEvent;
    const run = runOf(event.data);
    if (run !== undefined && memory) return this.#tellOf(run, { id, event, memory }, signal);
    await this.#post(id, slackMessage(event, this.deps.links), signal);
    return 'answered ok';
  }

  async #tellOf(
    run: string,
    { id, event, memory }: { readonly id: string; readonly event: CloudEvent; readonly memory: Memory },
    signal: AbortSignal,
  ): Promise<string> {
    const { links } = this.deps;
    const { number } = memory;
    const known = newerOf(readNote(await memory.recall(run)), this.#unkept.get(run));
    // Sent again by hand, after later ones: what the message says is newer.
    if (known && known.number > number) return this.#reply(id, known, slackMessage(event, links), signal);
    const lines = linesWith(known, number, lineOf(event));
    const message = slackMessage(event, links, lines.slice(0, -1));
    const edited = known && (await this.#edit(known, message, signal));
    const { channel, ts } = edited ?? (await this.#post(id, message, signal));
    const note = { channel, ts, number, lines };
    this.#unkept.set(run, note);
    await memory.keep(run, JSON.stringify(note));
    this.#unkept.delete(run);
    return edited ? 'answered ok: the message of the run was edited' : 'answered ok';
  }

  /** Undefined where it is there no more. */
  async #edit(
    { channel, ts }: Posted,
    message: SlackMessage,
    signal: AbortSignal,
  ): Promise<Posted | undefined> {
    const answered = await this.#call('chat.update', { channel, ts, ...message }, signal);
    if (!isRefused(answered)) return answered;
    if (NOT_EDITABLE.test(answered.word)) return undefined;
    throw answered.error;
  }

  async #reply(
    id: string,
    { channel, ts }: Posted,
    message: SlackMessage,
    signal: AbortSignal,
  ): Promise<string> {
    const answered = await this.#tryPost(id, { channel, thread_ts: ts, ...message }, signal);
    if (!isRefused(answered))
      return 'answered ok: in the thread of the message of the run, which says what came later';
    if (!NO_THREAD.test(answered.word)) throw answered.error;
    await this.#post(id, message, signal);
    return 'answered ok';
  }

  async #post(id: string, message: SlackMessage, signal: AbortSignal): Promise<Posted> {
    const answered = await this.#tryPost(id, { channel: this.config.channel, ...message }, signal);
    if (isRefused(answered)) throw answered.error;
    return answered;
  }

  async #tryPost(
    id: string,
    message: SlackMessage & { readonly channel: string; readonly thread_ts?: string },
    signal: AbortSignal,
  ): Promise<Posted | Refused> {
    using wait = new LastWait(signal);
    const post = { ...message, unfurl_links: false };
    const named = { ...post, client_msg_id: postIdOf(message.channel, id) };
    const answered = await this.#call('chat.postMessage', named, wait.signal);
    if (!isRefused(answered) || !DELETED.test(answered.word)) return answered;
    return await this.#call('chat.postMessage', post, wait.signal);
  }

  async #call(method: Method, body: object, signal: AbortSignal): Promise<Posted | Refused> {
    const { config, deps } = this;
    const token = deps.secret(config.token);
    assertBotToken(token);
    const url = new URL(`${config.apiUrl}/${method}`);
    return call({ to: deps.poster(url, config.limits), host: url.host, token }, method, body, signal);
  }
}

/** Aborts some time after the given signal; with it where that has aborted before. */
class LastWait implements Disposable {
  readonly #late = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  readonly #begin = (): void => {
    this.#timer = setTimeout(() => this.#late.abort(), LAST_WAIT_MS).unref();
  };

  constructor(private readonly given: AbortSignal) {
    if (given.aborted) this.#late.abort();
    else given.addEventListener('abort', this.#begin);
  }

  get signal(): AbortSignal {
    return this.#late.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.given.removeEventListener('abort', this.#begin);
  }
}

function runOf(data: unknown): string | undefined {
  const { run } = (data ?? {}) as { readonly run?: { readonly id?: string } };
  return run?.id;
}
