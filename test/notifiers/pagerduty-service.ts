import type http from 'node:http';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { HOST, Receiver } from '../webhooks/receiver.js';

/** https://github.com/PagerDuty/api-schema/blob/main/reference/events-v2/openapiv3.json */
const event = z.strictObject({
  routing_key: z.string(),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: z.string().min(1).max(255),
  client: z.string().optional(),
  client_url: z.url().optional(),
  links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
  payload: z
    .strictObject({
      summary: z.string().min(1).max(1_024),
      timestamp: z.iso.datetime().optional(),
      severity: z.enum(['critical', 'warning', 'error', 'info']),
      source: z.string().min(1),
      component: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

type Alert = NonNullable<z.output<typeof event>['payload']>;

/** A service of PagerDuty: its alerts by their keys, as long as they are open. */
export class PagerDutyService {
  readonly open = new Map<string, Alert>();
  /** Every event that was taken: what was done, to which alert. */
  readonly taken: string[] = [];
  /** In the place of its own, once. */
  answers: ((response: http.ServerResponse) => void)[] = [];
  readonly routingKey = randomBytes(16).toString('hex');

  private constructor(private readonly receiver: Receiver) {}

  static async start(): Promise<PagerDutyService> {
    const service = new PagerDutyService(await Receiver.start());
    service.receiver.answer = (response) => service.#answer(response);
    return service;
  }

  get url(): string {
    return `https://${HOST}:${this.receiver.port}`;
  }

  async close(): Promise<void> {
    await this.receiver.close();
  }

  #answer(response: http.ServerResponse): void {
    const instead = this.answers.shift();
    if (instead) return instead(response);
    const { url, body = '' } = this.receiver.received.at(-1) ?? {};
    const said = (status: number, json: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    const read = event.safeParse(JSON.parse(body));
    if (url !== '/v2/enqueue') return said(404, {});
    if (!read.success) return said(400, invalid(read.error.message));
    const { routing_key, event_action, dedup_key, payload } = read.data;
    if (routing_key !== this.routingKey) return said(400, invalid(`'routing_key' ${routing_key} is invalid`));
    if (event_action === 'trigger' && !payload) return said(400, invalid("'payload' is missing or blank"));
    this.taken.push(`${event_action} ${dedup_key}`);
    if (event_action === 'resolve') this.open.delete(dedup_key);
    else if (payload) this.open.set(dedup_key, payload);
    return said(202, { status: 'success', message: 'Event processed', dedup_key });
  }
}

function invalid(why: string): object {
  return { status: 'invalid event', message: 'Event object is invalid', errors: [why] };
}
