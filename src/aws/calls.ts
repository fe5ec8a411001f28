import type { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { Stop } from '../rotation/stop.js';
import { assumedRole, forgetRole, type TakenOn } from './assumed-role.js';
import { nameOf } from './cause.js';
import {
  clientSettings,
  forgetFor,
  keptFor,
  waitForTurn,
  type AwsService,
  type ClientSettings,
  type Endpoint,
} from './clients.js';
import { inTime } from '../rotation/in-time.js';
import type { TemporaryKeys } from './sts.js';

/**
 * To the last byte of an answer, all tries of the SDK together. Its own times are over with the head: a body that stops
 * coming would be waited for without end.
 */
const ANSWERED_WITHIN_MS = 40_000;

/** What the client holds may be of yesterday: the next call looks for them anew. */
const STALE_CREDENTIALS = [
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'InvalidClientTokenId',
];

export type CallsOptions<Opened> = {
  readonly service: AwsService;
  readonly place: Endpoint & TakenOn;
  readonly agent: Agent;
  /** Loads the SDK and makes its clients. */
  readonly open: (settings: ClientSettings & Partial<ByRole>) => Promise<Opened>;
  /** What is thrown in place of an error of the SDK. */
  readonly fault: (error: unknown, action: string) => Error;
  /** Milliseconds between two calls, where AWS counts them tightly. Default: none. */
  readonly everyMs?: number | undefined;
  /** Those of them that AWS counts apart from all others of the service, by a name for them. */
  readonly quota?: string | undefined;
  /** Milliseconds for one call, all tries of the SDK together. */
  readonly withinMs?: number | undefined;
};

type ByRole = { readonly credentials: () => Promise<TemporaryKeys> };

/** Sends requests to one service of AWS at one place; stops with the signal, whatever the SDK is doing. */
export class Calls<Opened> {
  constructor(private readonly options: CallsOptions<Opened>) {}

  /** `known`: errors by name that are answers, with what is returned for each. */
  async send<Reply, Known = never>(
    action: string,
    send: (opened: Opened, stop: { abortSignal: AbortSignal }) => Promise<Reply>,
    signal: AbortSignal,
    known: Readonly<Record<string, Known>> = {},
  ): Promise<Reply | Known> {
    const { withinMs = ANSWERED_WITHIN_MS, fault } = this.options;
    try {
      signal.throwIfAborted();
      await this.#turn(signal);
    } catch (error) {
      throw fault(error, action);
    }
    using stop = new Stop([signal], withinMs);
    try {
      const opened = await inTime(this.#opened(), stop.signal);
      return await inTime(send(opened, { abortSignal: stop.signal }), stop.signal);
    } catch (error) {
      const name = nameOf(error);
      if (STALE_CREDENTIALS.includes(name)) this.#forget();
      if (Object.hasOwn(known, name)) return known[name] as Known;
      throw fault(stop.signal.aborted && !signal.aborted ? stop.signal.reason : error, action);
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { agent, everyMs = 0 } = this.options;
    if (everyMs === 0) return;
    await delay(waitForTurn(agent, this.#counted, everyMs), undefined, { signal });
  }

  async #opened(): Promise<Opened> {
    const { service, agent, place, open } = this.options;
    return keptFor(agent, this.#key, async () => {
      const settings = await clientSettings(service, place, agent);
      const role = assumedRole(place, agent);
      return open({ ...settings, ...(role && { credentials: async () => role.credentials() }) });
    });
  }

  #forget(): void {
    const { agent, place } = this.options;
    forgetFor(agent, this.#key);
    forgetRole(place, agent);
  }

  /** AWS counts the requests of an account, whatever the role. */
  get #counted(): string {
    const { service, place, quota } = this.options;
    const account = place.credentials?.roleArn.split(':')[4];
    return JSON.stringify([service.iam, place.region, place.endpoint, account, quota]);
  }

  get #key(): string {
    const { service, place } = this.options;
    return JSON.stringify([service.iam, place.region, place.endpoint, place.credentials]);
  }
}
