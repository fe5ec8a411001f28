import type { Agent } from 'node:https';
import { resolveSecret, type RawEnv } from '../config/secret-ref.js';
import type { WebhookReceiver } from '../config/webhook-fields.js';
import type { Config } from '../config/index.js';
import { SOURCE } from '../events/cloud-event.js';
import { OF_THE_SERVICE } from '../events/schemas.js';
import { Poster } from '../http/poster.js';
import { WebhookClient } from '../http/webhook.js';
import type { Subscribed } from '../journal/notifications.js';
import type { Heartbeat } from '../notifiers/healthchecks/heartbeats.js';
import { createPinger } from '../notifiers/healthchecks/pinger.js';
import { createNotifier, type NotifierDeps } from '../notifiers/index.js';
import type { Notifier } from '../notifiers/notifier.js';
import type { TesterDeps } from '../notifiers/tester.js';
import { agentFor } from './clients.js';

/** A proxy would look the name up anew, and could be led to what was refused. */
const NO_PROXY: RawEnv = {};

export function webhookClient(receiver: WebhookReceiver, env: RawEnv): WebhookClient {
  const agent = (): Agent => agentFor(receiver.tls, NO_PROXY);
  // An authority that cannot be read is a mistake of the set-up, told before anything is sent.
  agent();
  return new WebhookClient(receiver, {
    agent,
    secrets: () => receiver.secrets.map((reference) => resolveSecret(reference, env)),
    now: Date.now,
  });
}

/** What is pinged while the schedule is read. */
export function heartbeatsOf({ notifiers, server }: Config, env: RawEnv): ReadonlyMap<string, Heartbeat> {
  const deps = depsOf(server, env);
  return new Map(
    Object.entries(notifiers).flatMap(([name, one]) =>
      one.type === 'healthchecks' ? [[name, { ping: createPinger(one, deps), everyMs: one.everyMs }]] : [],
    ),
  );
}

export function notifiersOf({ notifiers, server }: Config, env: RawEnv): ReadonlyMap<string, Notifier> {
  const deps = depsOf(server, env);
  return new Map(Object.entries(notifiers).map(([name, one]) => [name, createNotifier(one, deps)]));
}

function depsOf({ baseUrl }: Config['server'], env: RawEnv): NotifierDeps {
  return {
    client: (receiver) => webhookClient(receiver, env),
    secret: (reference) => resolveSecret(reference, env),
    poster: (url, limits) => new Poster(url, limits, { agent: agentFor(limits.tls, NO_PROXY) }),
    links: baseUrl === undefined ? {} : { baseUrl },
  };
}

/** Each with which Rotor its events say they come from. */
export function testedNotifiers(
  { notifiers }: Config,
  made: ReadonlyMap<string, Notifier>,
): TesterDeps['notifiers'] {
  return new Map(
    [...made].map(([name, notifier]) => [name, { notifier, source: notifiers[name]?.source ?? SOURCE }]),
  );
}

export function subscribedBy({ notifiers, rotations }: Config): Subscribed {
  const chosen = new Map(rotations.map(({ name, notify }) => [name, notify]));
  return (rotation, event) => {
    const names = OF_THE_SERVICE.has(event) ? Object.keys(notifiers) : (chosen.get(rotation) ?? []);
    return names.flatMap((notifier) => {
      const { on = [], source = '' } = notifiers[notifier] ?? {};
      return on.includes('*') || on.includes(event) ? [{ notifier, source }] : [];
    });
  };
}

/** Who is to hear of what, by the config that is in force. */
export class Subscriptions {
  #now: Subscribed;

  constructor(config: Config) {
    this.#now = subscribedBy(config);
  }

  use(config: Config): void {
    this.#now = subscribedBy(config);
  }

  readonly subscribed: Subscribed = (rotation, event) => this.#now(rotation, event);
}

/** Whether anybody hears of a run that fails. */
export function isHeard(config: Config): boolean {
  const subscribed = subscribedBy(config);
  return config.rotations.some(({ name }) => subscribed(name, 'rotation.failed').length > 0);
}
