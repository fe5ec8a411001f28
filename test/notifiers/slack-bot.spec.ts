import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '../../src/events/cloud-event.js';
import type { Notifier } from '../../src/notifiers/notifier.js';
import { claimedRun, pin, refused } from '../contracts/journal.contract.js';
import { errorOf, everythingIn } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { event, everyEvent, run } from './sample.js';
import { Sending } from './sending.js';
import { botIn, ended, Notes, stalled, started } from './slack-bot.js';
import { textOf } from './slack-channel.js';
import { SlackWorkspace } from './slack-workspace.js';

describe('a notifier of type slack with the token of a bot', () => {
  let slack: SlackWorkspace;
  let notes: Notes;

  beforeEach(async () => {
    slack = await SlackWorkspace.start();
    notes = new Notes();
  });
  afterEach(async () => slack.close());

  const notifier = (over: Parameters<typeof botIn>[1] = {}, baseUrl?: string): Notifier =>
    botIn(slack, over, baseUrl);
  const send = async (one: CloudEvent, number: number, to = notifier(), signal = never()) =>
    notes.send(one, number, to, signal);
  const told = (): string[] => slack.shown.map((message) => textOf(message));

  it('posts one message a run, edits it as the run goes on, and leaves a line of what it said before', async () => {
    const to = notifier({}, 'https://rotor.example.com');
    expect(await send(started, 1, to)).toBe('answered ok');
    expect(await send(stalled, 2, to)).toBe('answered ok: the message of the run was edited');
    await send(ended, 3, to);
    const [only, ...more] = told();
    expect(more).toEqual([]);
    expect(only).toContain('Rotation of checkout succeeded');
    expect(only).toContain('*Auth gap*\n12 s');
    expect(only).toContain('<https://rotor.example.com/v1/runs/run_1|run_1>');
    expect(only).toContain('*Before*\n03:04:05 :information_source: Rotation of checkout has started\n');
    expect(only).toContain(':rotating_light: Rotation of checkout waits');
    expect(slack.shown[0]?.text).toBe(':white_check_mark: Rotation of checkout succeeded');
  });

  it('gives another run a message of its own, and what is of no run as well', async () => {
    await send(started, 1);
    await send(event('rotation.started', { run: run({ id: 'run_2' }) }), 2);
    const paused = { reason: 'a freeze', until: null };
    await send(event('rotation.paused', paused), 3);
    await send(event('rotation.paused', paused), 4);
    expect(told()).toHaveLength(4);
  });

  it('edits the message of another replica, which has left nothing but its note', async () => {
    await send(started, 1, notifier());
    await send(ended, 2, notifier());
    expect(told()).toHaveLength(1);
  });

  it('says nothing twice in its message where an event is sent again', async () => {
    await send(started, 1);
    await send(stalled, 2);
    await send(stalled, 2);
    expect(told()).toHaveLength(1);
    expect(told()[0]?.match(/has started/g)).toHaveLength(1);
    expect(told()[0]?.match(/waits/g)).toHaveLength(1);
  });

  it('keeps how the run began and the newest lines of one that has much to say', async () => {
    await send(started, 1);
    for (let number = 2; number < 40; number += 1) await send(stalled, number);
    const [only = ''] = told();
    expect(only).toContain('*Before*\n03:04:05 :information_source: Rotation of checkout has started\n');
    expect(only.split('\n').filter((line) => line.startsWith('03:04:05'))).toHaveLength(11);
  });

  it.each(['message_not_found', 'cant_update_message', 'edit_window_closed'])(
    'posts a new message where the one of the run cannot be edited any more: %s',
    async (error) => {
      await send(started, 1);
      slack.answers.push((response) => response.writeHead(200).end(JSON.stringify({ ok: false, error })));
      expect(await send(stalled, 2)).toBe('answered ok');
      await send(ended, 3);
      expect(slack.messages.map(({ forms }) => forms.length)).toEqual([1, 2]);
      expect(told()[1]).toContain('has started');
    },
  );

  it('posts again what somebody has deleted', async () => {
    await send(started, 1);
    slack.messages = [];
    await send(started, 1);
    expect(told()).toHaveLength(1);
    expect(slack.calls.slice(1)).toEqual([
      'chat.update message_not_found',
      'chat.postMessage duplicate_message_not_found',
      'chat.postMessage ok',
    ]);
  });

  it('answers in the thread of the message where an older event is sent again by hand', async () => {
    await send(stalled, 2);
    await send(ended, 3);
    expect(await send(started, 1)).toContain('in the thread');
    expect(told()).toHaveLength(1);
    expect(told()[0]).toContain('succeeded');
    expect(slack.messages[1]).toMatchObject({ threadTs: slack.messages[0]?.ts });
    slack.answers.push((response) =>
      response.writeHead(200).end(JSON.stringify({ ok: false, error: 'cannot_reply_to_message' })),
    );
    await send(event('rotation.started', { run: run() }), 1);
    expect(told()).toHaveLength(2);
  });

  describe('where the answer to a post is lost', () => {
    beforeEach(async () => {
      slack.lost = 1;
      expect(await errorOf(send(started, 1))).toMatchObject({ code: 'upstream_unreachable' });
    });

    it('posts it no second time as far as Slack knows its client_msg_id', async () => {
      await send(started, 1);
      await send(ended, 2);
      expect(told()).toHaveLength(1);
    });

    it('posts it twice as far as Slack does not, and goes on with the second one', async () => {
      slack.knowsDuplicates = false;
      await send(started, 1);
      await send(ended, 2);
      expect(told().map((text) => text.includes('succeeded'))).toEqual([false, true]);
    });
  });

  it('knows its message as long as the process lives where the journal was away for a moment', async () => {
    slack.knowsDuplicates = false;
    const to = notifier();
    notes.isAway = true;
    expect(await errorOf(send(started, 1, to))).toMatchObject({ code: 'journal_unavailable' });
    notes.isAway = false;
    await send(started, 1, to);
    expect(told()).toHaveLength(1);
  });

  it('waits for the answer to a post a moment longer when it is told to stop, and no longer than that', async () => {
    const stop = new AbortController();
    let answer = (): void => undefined;
    slack.answers.push((response) => {
      const said = { ok: true, channel: slack.channel, ts: '1503435956.000100' };
      answer = () => void response.writeHead(200).end(JSON.stringify(said));
      stop.abort();
    });
    const sending = send(started, 1, notifier(), stop.signal);
    await until('it is stopped', () => stop.signal.aborted);
    answer();
    expect(await sending).toBe('answered ok');
    expect(notes.kept.get('run_1')).toContain('1503435956.000100');
    expect(await errorOf(send(stalled, 2, notifier(), stop.signal))).toMatchObject({ effect: 'not_applied' });
  });

  it.each([
    ['not_in_channel', 'upstream_not_found'],
    ['token_revoked', 'upstream_unauthenticated'],
    ['missing_scope', 'upstream_forbidden'],
    ['invalid_blocks', 'request_invalid'],
    ['is_archived', 'receiver_gone'],
    ['rate_limited', 'upstream_rate_limited'],
    ['fatal_error', 'upstream_error'],
    ['a_word_of_tomorrow', 'upstream_rejected'],
  ])('says by what word Slack has refused, which comes with status 200: %s', async (word, code) => {
    slack.answers.push((response) => response.writeHead(200).end(JSON.stringify({ ok: false, error: word })));
    const error = await errorOf(send(started, 1));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`chat.postMessage: answered ${word}`);
    expect(error.effect).toBe(word === 'fatal_error' ? 'unknown' : 'not_applied');
    expect(everythingIn(error)).not.toContain(slack.token);
  });

  it('waits as long as a 429 asks for, and takes no page of a proxy for an answer', async () => {
    const limited = JSON.stringify({ ok: false, error: 'ratelimited' });
    slack.answers.push((response) => response.writeHead(429, { 'retry-after': '30' }).end(limited));
    expect(await errorOf(send(started, 1))).toMatchObject({
      code: 'upstream_rate_limited',
      retryAfterMs: 30_000,
    });
    for (const text of ['<html>sign in</html>', '{"ok":true}', '{"ok":false,"error":"No Such Thing"}']) {
      slack.answers.push((response) => response.writeHead(200).end(text));
      expect(await errorOf(send(started, 1))).toMatchObject({ code: 'upstream_malformed' });
    }
  });

  it.each([
    ['is none', 'not-a-token-but-a-secret', 'config_invalid'],
    ['is not known', 'xoxb-0-a-secret', 'upstream_unauthenticated'],
  ])('does not print a token that %s', async (_, token, code) => {
    const error = await errorOf(send(started, 1, notifier({ token })));
    expect(error.code).toBe(code);
    expect(everythingIn(error)).not.toContain('a-secret');
  });

  it('is another receiver in another channel, or with another token', () => {
    const addresses = [{}, {}, { channel: 'C2' }, { token: 'xoxb-2' }].map((own) => notifier(own).address);
    expect(new Set(addresses).size).toBe(3);
  });

  describe('behind the outbox', () => {
    let sending: Sending;

    beforeEach(async () => {
      sending = await Sending.open('chat');
    });
    afterEach(async () => sending.close());

    it('edits the message of a run after a restart, in the order in which all happened', async () => {
      const { claim } = await claimedRun(sending.journal, { mode: 'adopt' });
      const first = sending.start({ chat: notifier() });
      await sending.passUntil('the start is told', async () => sending.allSent(1));
      await first.stop();
      const problem = { tries: 2, fingerprint: pin.fingerprint };
      await sending.journal.append(claim, { deliveries: [{ target: 'web', state: 'failed', ...problem }] });
      await sending.journal.append(claim, { state: refused });
      slack.answers.push((response) => response.writeHead(503).end());
      sending.start({ chat: notifier() });
      await sending.passUntil('all is told', async () => sending.allSent(3), 60_000);
      const [only, ...more] = told();
      expect(more).toEqual([]);
      expect(only).toMatch(
        /Adoption of checkout failed[^]*has started\n.*target web does not have the token/,
      );
      expect(sending.crashes).toEqual([]);
    });
  });

  it.each([
    ['as long as it can be', 'long '.repeat(2_000)],
    ['that would be markup, mentions and commands', '<!channel> & <@U1> <https://x|y> '.repeat(300)],
  ])('takes every event with texts %s, after as many lines as there may be', async (_, text) => {
    let number = 0;
    for (const one of [...everyEvent(text), ...everyEvent(text)]) {
      expect(await send(one, (number += 1))).toContain('answered ok');
      const message = slack.messages.at(-1)?.forms.at(-1);
      const markup = [message?.text, ...textOf(message).split('\n').slice(1)];
      expect(markup.join('\n')).not.toMatch(/<[!@h]/);
    }
  });
});
