import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import type { Notification } from '../../src/journal/notifications.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { createNotifier, type NotifierDeps } from '../../src/notifiers/index.js';
import type { Notifier } from '../../src/notifiers/notifier.js';
import type { SenderDeps } from '../../src/notifiers/sender.js';
import { Senders } from '../../src/notifiers/senders.js';
import { Poster } from '../../src/http/poster.js';
import { createHttpsAgent } from '../../src/http/agent.js';
import { secretRef } from '../../src/config/secret-ref.js';
import { Secret } from '../../src/rotation/secret.js';
import { authority } from '../http/local-servers.js';
import { HeldClock } from '../fakes/held-clock.js';
import { until } from '../fakes/until.js';
import { clientOf, loopback, type Receiver } from '../webhooks/receiver.js';

/** A webhook notifier of the receiver. */
export function notifierOf(
  receiver: Pick<Receiver, 'url'>,
  secrets: readonly Secret[],
  timeoutMs = 10_000,
): Notifier {
  const config = {
    type: 'webhook',
    on: ['*'],
    source: 'urn:rotor',
    receiver: { url: receiver.url, secrets: [], allowPrivate: ['127.0.0.0/8'], allowHttp: [], timeoutMs },
  } as const;
  const deps = postingTo(receiver.url);
  return createNotifier(config, { ...deps, client: (declared) => clientOf(declared, { secrets }) });
}

/** What stands in the config where a notifier of a service has a secret. */
export const PLACE = secretRef('${env:PLACE}');
export const LIMITS = { allowPrivate: ['127.0.0.0/8'], allowHttp: [], timeoutMs: 10_000 } as const;

/** With the one secret, a trusted authority, and names that lead to this machine. */
export function postingTo(secret: string, baseUrl?: string): NotifierDeps {
  const agent = createHttpsAgent({ caPem: authority.caPem });
  return {
    client: (declared) => clientOf(declared, { secrets: [] }),
    secret: () => new Secret(secret),
    poster: (url, limits) => new Poster(url, limits, { agent, resolve: loopback }),
    links: baseUrl === undefined ? {} : { baseUrl },
  };
}

/** An outbox, and senders that work on it. */
export class Sending {
  readonly sent: string[] = [];
  readonly dead: string[] = [];
  readonly failing: number[] = [];
  readonly crashes: string[] = [];
  readonly #senders: Senders[] = [];
  #underWay = 0;

  private constructor(
    readonly clock: HeldClock,
    readonly journal: KyselyJournal,
  ) {}

  /** Each of the named hears of every rotation. */
  static async open(...names: string[]): Promise<Sending> {
    const clock = new HeldClock();
    const subscribed = () => names.map((notifier) => ({ notifier, source: 'urn:rotor' }));
    return new Sending(clock, await KyselyJournal.open(openSqlite(':memory:', clock), clock, { subscribed }));
  }

  start(notifiers: Readonly<Record<string, Notifier>>): Senders {
    const deps = {
      notifications: this.#counted(),
      clock: this.clock,
      random: () => 1,
      observer: {
        sent: (name) => this.sent.push(name),
        failing: (_name, _event, _error, tries) => this.failing.push(tries),
        gaveUp: (_name, _event, problem) => this.dead.push(problem),
        crashed: (error) => this.crashes.push(error.message),
      },
    } satisfies Omit<SenderDeps, 'notifiers'>;
    const sender = new Senders(deps, new Map(Object.entries(notifiers)));
    sender.start();
    this.#senders.push(sender);
    return sender;
  }

  /** Knows how many are claimed and not marked: no time passes for them, which would end their leases. */
  #counted(): SenderDeps['notifications'] {
    const { notifications } = this.journal;
    const over = async (work: Promise<void>): Promise<void> => work.finally(() => (this.#underWay -= 1));
    return {
      claim: async (notifier, address) => {
        const claim = await notifications.claim(notifier, address);
        if (claim) this.#underWay += 1;
        return claim;
      },
      sent: async (claim) => over(notifications.sent(claim)),
      failed: async (claim, failed) => over(notifications.failed(claim, failed)),
      recall: async (notifier, about) => notifications.recall(notifier, about),
      keep: async (claim, about, value) => notifications.keep(claim, about, value),
      buryOthers: async (known, olderThanMs) => notifications.buryOthers(known, olderThanMs),
    };
  }

  async say(rotation: string, reason: string): Promise<void> {
    await this.journal.act({ what: 'resume', rotation, reason });
  }

  /** Lets time pass, a second at a time, until it is so. */
  async passUntil(what: string, condition: () => boolean | Promise<boolean>, stepMs = 1_000): Promise<void> {
    await until(what, async () => {
      if (await condition()) return true;
      if (this.#underWay === 0) this.clock.advance(stepMs);
      return false;
    });
  }

  async states(): Promise<Notification['state'][]> {
    return (await this.journal.notifications.list({ limit: 100 })).map(({ state }) => state).toReversed();
  }

  async allSent(count: number): Promise<boolean> {
    const states = await this.states();
    return states.length === count && states.every((state) => state === 'sent');
  }

  async close(): Promise<void> {
    for (const sender of this.#senders) await sender.stop();
    await this.journal.close();
  }
}
