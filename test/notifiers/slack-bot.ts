import type { CloudEvent } from '../../src/events/cloud-event.js';
import { createNotifier, type NotifierConfig } from '../../src/notifiers/index.js';
import type { Memory, Notifier } from '../../src/notifiers/notifier.js';
import { RotorError } from '../../src/rotation/errors.js';
import { never } from '../fakes/never.js';
import { end, event, run } from './sample.js';
import { LIMITS, PLACE, postingTo } from './sending.js';
import type { SlackWorkspace } from './slack-workspace.js';

const WAIT = { reason: 'upstream_unreachable', since: '2026-01-02T03:00:00.000Z' } as const;
export const started = event('rotation.started', { run: run() });
export const stalled = event('rotation.stalled', { run: run(), detail: 'Nobody answers.', ...WAIT });
export const ended = event('rotation.succeeded', end());

/** What the journal keeps for one notifier, for whichever replica. */
export class Notes {
  readonly kept = new Map<string, string>();
  isAway = false;

  memory(number: number): Memory {
    return {
      number,
      recall: async (about) => this.kept.get(about),
      keep: async (about, value) => {
        if (this.isAway) throw new RotorError('journal_unavailable', 'it is away');
        this.kept.set(about, value);
      },
    };
  }

  async send(one: CloudEvent, number: number, to: Notifier, signal = never()): Promise<string> {
    return to.send({ id: one.id, body: JSON.stringify(one), memory: this.memory(number) }, signal);
  }
}

export function botIn(
  slack: SlackWorkspace,
  { token = slack.token, channel = slack.channel }: { readonly token?: string; readonly channel?: string },
  baseUrl?: string,
): Notifier {
  const { apiUrl } = slack;
  const own = { token: PLACE, channel, apiUrl };
  const config: NotifierConfig = { type: 'slack', on: ['*'], source: 'urn:rotor', limits: LIMITS, ...own };
  return createNotifier(config, postingTo(token, baseUrl));
}
