import { once } from 'node:events';
import type { Logger } from 'pino';
import type { Clock } from './rotation/clock.js';
import { asRotorError, type RotorError } from './rotation/errors.js';
import type { Address } from './triggers/address.js';
import { WaitingRoom } from './triggers/waiting-room.js';

const AGAIN_MS = 2_000;

export type Opened<T> = {
  readonly opened: T;
  /** Where the service is to listen: where it was waited for. */
  readonly address: Address;
};

type Openable<T> = {
  /** `say` tells why it takes long. */
  open(options: { say: (why: RotorError) => Promise<void>; signal: AbortSignal }): Promise<T>;
};

export type WaitingDeps = { readonly log: Logger; readonly clock: Clock; readonly signal: AbortSignal };

/**
 * Opens what the service cannot be without, again and again while what is wrong may pass or be mended; meanwhile the
 * address answers why. Throws whatever else is wrong; undefined where the signal aborts first.
 */
export async function whenItOpens<T>(
  what: Openable<T>,
  address: Address,
  { log, clock, signal }: WaitingDeps,
): Promise<Opened<T> | undefined> {
  const wait = new Wait(address, log);
  const say = async (why: RotorError) => wait.because(why);
  const aborted = once(signal, 'abort').then(() => undefined);
  try {
    while (!signal.aborted) {
      const tried = await Promise.race([attempt(async () => what.open({ say, signal })), aborted]);
      if (tried && 'opened' in tried) return { ...tried, address: wait.address };
      if (tried) await wait.because(tried.why);
      await clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
    return undefined;
  } finally {
    await wait.end();
  }
}

async function attempt<T>(open: () => Promise<T>): Promise<{ opened: T } | { why: RotorError }> {
  try {
    return { opened: await open() };
  } catch (thrown) {
    const why = asRotorError(thrown);
    if (why.code === 'journal_unavailable' && why.retryable) return { why };
    throw thrown;
  }
}

/** The room is there from the first reason on. */
class Wait {
  #room: WaitingRoom | undefined;

  constructor(
    private readonly asked: Address,
    private readonly log: Logger,
  ) {}

  get address(): Address {
    return this.#room?.address ?? this.asked;
  }

  async because(why: RotorError): Promise<void> {
    const isNews = this.#room?.why.message !== why.message;
    if (this.#room) this.#room.why = why;
    else this.#room = await WaitingRoom.open(this.asked, why);
    if (!isNews) return;
    const { host, port } = this.address;
    const fields = { event: { action: 'service.waiting' }, server: { address: host, port } };
    this.log.error(
      { ...fields, 'error.code': why.code, 'error.message': why.message, next: why.hint },
      'no rotation starts until the journal is open; trying again every few seconds',
    );
  }

  async end(): Promise<void> {
    await this.#room?.close();
  }
}
