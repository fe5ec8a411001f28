import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '../../src/events/cloud-event.js';
import type { Notifier } from '../../src/notifiers/notifier.js';
import { errorOf } from '../contracts/target.contract.js';
import { botIn, ended, Notes, stalled, started } from './slack-bot.js';
import { textOf } from './slack-channel.js';
import { SlackWorkspace } from './slack-workspace.js';

describe('a bot of slack whose channel is another one than that of the message of a run', () => {
  let slack: SlackWorkspace;
  let notes: Notes;

  beforeEach(async () => {
    slack = await SlackWorkspace.start();
    notes = new Notes();
  });
  afterEach(async () => slack.close());

  const send = async (one: CloudEvent, number: number, to = botIn(slack, {})) => notes.send(one, number, to);
  const shownThere = (): string[] => slack.shownIn(slack.other).map((message) => textOf(message));
  const there = (): Notifier => botIn(slack, { channel: slack.other });

  it.each(['chat.update', 'chat.postMessage'])(
    'writes to the new one where the old one is archived, and does not take that for gone: %s',
    async (method) => {
      await send(started, 1);
      await send(ended, 3);
      slack.archived.add(slack.channel);
      expect(await send(stalled, method === 'chat.update' ? 4 : 2, there())).toBe('answered ok');
      expect(slack.calls.at(-2)).toMatch(method);
      expect(shownThere()).toHaveLength(1);
    },
  );

  it('does so whichever word an edit is refused with', async () => {
    await send(started, 1);
    const refusal = JSON.stringify({ ok: false, error: 'is_archived' });
    slack.answers.push((response) => response.writeHead(200).end(refusal));
    expect(await send(ended, 2, there())).toBe('answered ok');
    expect(shownThere()).toHaveLength(1);
  });

  it('gives the receiver up where the new one is archived as well', async () => {
    await send(started, 1);
    slack.archived.add(slack.channel).add(slack.other);
    expect(await errorOf(send(ended, 2, there()))).toMatchObject({ code: 'receiver_gone' });
  });

  it('posts there what may have been posted to the old one, whose answer was lost', async () => {
    slack.lost = 1;
    expect(await errorOf(send(started, 1))).toMatchObject({ code: 'upstream_unreachable' });
    expect(await send(started, 1, there())).toBe('answered ok');
    expect(shownThere()).toHaveLength(1);
  });
});
