import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '../../src/events/cloud-event.js';
import { createNotifier } from '../../src/notifiers/index.js';
import { errorOf, everythingIn } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { end, event, everyEvent, run } from './sample.js';
import { LIMITS, PLACE, postingTo, Sending } from './sending.js';
import { SlackChannel, textOf } from './slack-channel.js';

const config = { type: 'slack', on: ['*'], source: 'urn:rotor', url: PLACE, limits: LIMITS } as const;

describe('a notifier of type slack', () => {
  let channel: SlackChannel;

  beforeEach(async () => {
    channel = await SlackChannel.start();
  });
  afterEach(async () => channel.close());

  const notifier = (baseUrl?: string, url = channel.url) => createNotifier(config, postingTo(url, baseUrl));
  const send = async (one: CloudEvent, baseUrl?: string) =>
    notifier(baseUrl).send({ id: one.id, body: JSON.stringify(one) }, never());
  const shown = async (one: CloudEvent, baseUrl?: string): Promise<string> => {
    await send(one, baseUrl);
    return textOf(channel.messages.at(-1));
  };
  const answer = (status: number, text: string, headers = {}): void =>
    void channel.answers.push((response) => response.writeHead(status, headers).end(text));

  it('says who has started a run, and how it has ended: auth gap, targets, what holds, and a link', async () => {
    const by = { kind: 'api', reason: 'a leak', by: 'ada' } as const;
    expect(await shown(event('rotation.started', { run: run({ trigger: by }) }))).toContain('ada: a leak');
    const said = await shown(event('rotation.succeeded', end()), 'https://rotor.example.com');
    expect(said).toContain('Rotation of checkout succeeded');
    expect(said).toContain('*Auth gap*\n12 s');
    expect(said).toContain('*Targets*\n2 converged');
    expect(said).toContain('*Token*\naaaaaaaa → bbbbbbbb');
    expect(said).toContain('Every target has the token.');
    expect(said).toContain('<https://rotor.example.com/v1/runs/run_1|run_1>');
    expect(channel.messages.at(-1)?.text).toBe(':white_check_mark: Rotation of checkout succeeded');
  });

  it('names the targets that lack the token, and what to do next', async () => {
    const deliveries = [
      { target: 'web', state: 'converged' },
      { target: 'jobs', state: 'failed' },
    ] as const;
    const said = await shown(
      event('rotation.partial', end({ authGapMs: null, deliveries: [...deliveries] })),
    );
    expect(said).toContain('1 converged, 1 failed (jobs)');
    expect(said).toContain('not measured');
    expect(said).toContain('*Next:* rotor watch run_1');
    expect(said).not.toContain('http');
  });

  it.each([
    ['as long as it can be', 'long '.repeat(2_000)],
    ['that would be markup, mentions and commands', '<!channel> & <@U1> <https://x|y> '.repeat(300)],
  ])('takes every event with texts %s', async (_, text) => {
    for (const one of everyEvent(text)) {
      expect(await send(one)).toBe('answered ok');
      const message = channel.messages.at(-1);
      // The header comes first, and is plain text.
      const markup = [message?.text, ...textOf(message).split('\n').slice(1)];
      expect(markup.join('\n')).not.toMatch(/<[!@h]/);
    }
  });

  it.each([
    [400, 'invalid_payload', 'request_invalid'],
    [403, 'action_prohibited', 'upstream_forbidden'],
    [404, 'no_service', 'upstream_not_found'],
    [410, 'channel_is_archived', 'receiver_gone'],
    [429, 'rate_limited', 'upstream_rate_limited'],
    [500, 'rollup_error', 'upstream_error'],
  ])('says by what word Slack has refused: %s %s, and never the address', async (status, word, code) => {
    answer(status, word, { 'retry-after': '30' });
    const error = await errorOf(send(event('rotation.started', { run: run() })));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`answered ${status}: ${word}`);
    expect(everythingIn(error)).not.toContain(channel.secretPart);
    expect(error.retryAfterMs).toBe(
      code === 'receiver_gone' || code === 'request_invalid' ? undefined : 30_000,
    );
  });

  it('takes nothing but `ok` for taken, and repeats no word that is not one of Slack', async () => {
    answer(200, '<html>sign in</html>');
    const one = event('rotation.started', { run: run() });
    expect(await errorOf(send(one))).toMatchObject({ code: 'upstream_malformed' });
    answer(400, `no such hook ${channel.secretPart}`);
    expect(everythingIn(await errorOf(send(one)))).not.toContain(channel.secretPart);
  });

  it.each([
    ['no address', 'not-an-address-but-a-secret', 'config_invalid'],
    ['plain http', 'http://hooks.example.test/services/a-secret', 'insecure_endpoint'],
    ['an address of this network', 'https://10.0.0.1/services/a-secret', 'address_refused'],
  ])('sends nothing to %s, and does not print it', async (_, url, code) => {
    const one = event('rotation.started', { run: run() });
    const error = await errorOf(
      notifier(undefined, url).send({ id: one.id, body: JSON.stringify(one) }, never()),
    );
    expect(error.code).toBe(code);
    expect(everythingIn(error)).not.toContain('a-secret');
  });

  it('is another receiver once its secret is another one', () => {
    expect(notifier().address).toBe(notifier().address);
    expect(notifier().address).not.toBe(notifier(undefined, `${channel.url}x`).address);
  });

  describe('behind the outbox', () => {
    let sending: Sending;

    beforeEach(async () => {
      sending = await Sending.open('chat');
    });
    afterEach(async () => sending.close());

    it('waits as long as Slack asks for', async () => {
      answer(429, 'rate_limited', { 'retry-after': '600' });
      await sending.say('checkout', 'first');
      sending.start({ chat: notifier() });
      await until('it is refused', () => sending.failing.length === 1);
      const refusedAt = sending.clock.now();
      await sending.passUntil('it is sent', async () => sending.allSent(1), 60_000);
      expect(sending.clock.now() - refusedAt).toBeGreaterThanOrEqual(600_000);
    });

    it('gives up at once what Slack will never take, goes on, and sends it again when it is asked to', async () => {
      answer(400, 'invalid_payload');
      await sending.say('checkout', 'first');
      await sending.say('checkout', 'second');
      sending.start({ chat: notifier() });
      await sending.passUntil('the next is sent', async () => (await sending.states())[1] === 'sent');
      const [lost] = await sending.journal.notifications.list({ state: 'dead', limit: 1 });
      expect(lost?.problem).toContain('invalid_payload');
      expect(channel.tries).toBe(2);
      await sending.journal.notifications.replay(lost?.id ?? '');
      await sending.passUntil('both are', async () => sending.allSent(2));
      expect(textOf(channel.messages.at(-1))).toContain('first');
    });
  });
});
