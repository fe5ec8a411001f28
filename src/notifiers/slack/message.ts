import type { CloudEvent } from '../../events/cloud-event.js';
import { shortened } from '../../rotation/well-formed.js';
import { linkTo, type Links } from '../links.js';
import { saidOf, type Tone } from '../said.js';

/** Most of each: https://docs.slack.dev/reference/block-kit/blocks (header, section, context). */
const HEADER_CHARS = 150;
const SECTION_CHARS = 3_000;
const FIELD_CHARS = 2_000;
const FIELDS = 10;

const MARKS: Readonly<Record<Tone, string>> = {
  good: ':white_check_mark:',
  news: ':information_source:',
  warning: ':warning:',
  bad: ':rotating_light:',
};

export type SlackMessage = { readonly text: string; readonly blocks: readonly object[] };

/** What is posted. `text` stands in notifications and is read aloud; `before`: lines on what was said before it. */
export function slackMessage(event: CloudEvent, links: Links, before: readonly string[] = []): SlackMessage {
  const { tone, title, detail, facts, next, run } = saidOf(event);
  const head = shortened(`${MARKS[tone]} ${title}`, HEADER_CHARS);
  const shown = facts
    .slice(0, FIELDS)
    .map(([label, value]) => marked(`*${plain(label)}*\n`, value, FIELD_CHARS));
  const link = linkTo(run, links);
  const foot = [
    ...(next === undefined ? [] : [marked('*Next:* ', next)]),
    ...(link === undefined ? [] : [{ type: 'mrkdwn', text: `<${plain(link)}|${plain(run ?? link)}>` }]),
    marked('', `${event.source} · ${event.time}`),
  ];
  return {
    text: plain(head),
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: head, emoji: true },
      },
      ...(detail === undefined ? [] : [{ type: 'section', text: marked('', detail) }]),
      ...(shown.length === 0 ? [] : [{ type: 'section', fields: shown }]),
      ...(before.length === 0 ? [] : [{ type: 'section', text: marked('*Before*\n', before.join('\n')) }]),
      { type: 'context', elements: foot },
    ],
  };
}

/** What is left of an event once the message of its run says something newer. */
export function lineOf(event: CloudEvent): string {
  const { tone, title } = saidOf(event);
  return `${event.time.slice(11, 19)} ${MARKS[tone]} ${shortened(title, HEADER_CHARS)}`;
}

/** Cut before it is escaped, so that no escape is cut in two; each of its characters may become five. */
function marked(
  head: string,
  value: string,
  most = SECTION_CHARS,
): { readonly type: 'mrkdwn'; readonly text: string } {
  const room = most - head.length;
  const whole = plain(value);
  return {
    type: 'mrkdwn',
    text: head + (whole.length <= room ? whole : plain(shortened(value, Math.floor(room / 5)))),
  };
}

/** Nothing of it is a link, a mention or a command: https://docs.slack.dev/messaging/formatting-message-text#escaping */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
