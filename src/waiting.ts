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
  close(opened: T): Promise<void>;
};

export type WaitingDeps = { readonly log: Logger; readonly clock: Clock; readonly signal: AbortSignal };

/**
 * Opens what the service cannot be without, again and again while what is wrong may pass or be mended; meanwhile the
 * address answers why. Throws whatever else is wrong; undefined where the signal aborts first, and then nothing is open.
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
      const opening = attempt(async () => what.open({ say, signal }));
      const tried = await Promise.race([opening, aborted]);
      if (!tried) return await closeLate(what, opening);
      if ('opened' in tried) return { ...tried, address: wait.address };
      await wait.because(tried.why);
      await clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
    return undefined;
  } finally {
    await wait.end();
  }
}

type Tried<T> = { readonly opened: T } | { readonly why: RotorError };

/** Not each part of it heeds the signal: it may succeed although nobody wants it any more. */
async function closeLate<T>(what: Openable<T>, opening: Promise<Tried<T>>): Promise<undefined> {
  const tried = await opening.catch(() => undefined);
  if (tried && 'opened' in tried) await what.close(tried.opened);
}

async function attempt<T>(open: () => Promise<T>): Promise<Tried<T>> {
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
