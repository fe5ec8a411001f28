import type http from 'node:http';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HOST, Receiver } from '../webhooks/receiver.js';

/** Block Kit as far as Rotor uses it, with its limits: https://docs.slack.dev/reference/block-kit/blocks */
const mrkdwn = (most: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(most) });
const header = z.strictObject({
  type: z.literal('header'),
  text: z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(150),
    emoji: z.boolean().optional(),
  }),
});
const section = z
  .strictObject({
    type: z.literal('section'),
    text: mrkdwn(3_000).optional(),
    fields: z.array(mrkdwn(2_000)).min(1).max(10).optional(),
  })
  .refine(({ text, fields }) => text !== undefined || fields !== undefined);
const context = z.strictObject({
  type: z.literal('context'),
  elements: z.array(mrkdwn(3_000)).min(1).max(10),
});
export const payload = z.strictObject({
  text: z.string().min(1).max(40_000),
  blocks: z.array(z.discriminatedUnion('type', [header, section, context])).max(50),
});

export type SlackMessage = z.output<typeof payload>;

/**
 * A channel and its incoming webhook, which answers as Slack documents:
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
 */
export class SlackChannel {
  readonly messages: SlackMessage[] = [];
  /** In the place of its own, once. */
  answers: ((response: http.ServerResponse) => void)[] = [];
  readonly #path = `/services/T0/B0/${randomBytes(12).toString('hex')}`;

  private constructor(private readonly receiver: Receiver) {}

  static async start(): Promise<SlackChannel> {
    const channel = new SlackChannel(await Receiver.start());
    channel.receiver.answer = (response) => channel.#answer(response);
    return channel;
  }

  get url(): string {
    return `https://${HOST}:${this.receiver.port}${this.#path}`;
  }

  /** What makes the address a secret. */
  get secretPart(): string {
    return this.#path.split('/').at(-1) ?? '';
  }

  get tries(): number {
    return this.receiver.received.length;
  }

  async close(): Promise<void> {
    await this.receiver.close();
  }

  #answer(response: http.ServerResponse): void {
    const instead = this.answers.shift();
    if (instead) return instead(response);
    const { url, body = '', headers } = this.receiver.received.at(-1) ?? {};
    const said = (status: number, text: string): void =>
      void response.writeHead(status, { 'content-type': 'text/html' }).end(text);
    if (url !== this.#path) return said(404, 'no_service');
    if (!headers?.['content-type']?.startsWith('application/json')) return said(400, 'invalid_payload');
    const read = payload.safeParse(JSON.parse(body));
    if (!read.success) return said(400, 'invalid_blocks');
    this.messages.push(read.data);
    return said(200, 'ok');
  }
}

/** Every text of a message, a line each. */
export function textOf(message: SlackMessage | undefined): string {
  const texts = message?.blocks.flatMap((block): string[] => {
    if (block.type === 'header') return [block.text.text];
    if (block.type === 'context') return block.elements.map(({ text }) => text);
    return [block.text?.text ?? '', ...(block.fields ?? []).map(({ text }) => text)];
  });
  return (texts ?? []).join('\n');
}
