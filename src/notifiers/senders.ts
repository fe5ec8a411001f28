import type { Notifier } from './notifier.js';
import { Sender, type SenderDeps } from './sender.js';

type Notifiers = ReadonlyMap<string, Notifier>;

/** The sender of whichever notifiers there are now. */
export class Senders {
  #sender: Sender;
  #isWorking = false;
  #leaving: Promise<void> = Promise.resolve();

  constructor(
    private readonly deps: Omit<SenderDeps, 'notifiers'>,
    notifiers: Notifiers,
  ) {
    this.#sender = new Sender({ ...deps, notifiers });
  }

  start(): void {
    this.#isWorking = true;
    this.#sender.start();
  }

  async stop(): Promise<void> {
    this.#isWorking = false;
    await Promise.all([this.#sender.stop(), this.#leaving]);
  }

  /** What is being sent is given back, and sent again under the same id. */
  async use(notifiers: Notifiers): Promise<void> {
    const before = this.#sender;
    this.#sender = new Sender({ ...this.deps, notifiers });
    // One at a time: two would hand out the events of one rotation out of their order.
    this.#leaving = before.stop();
    await this.#leaving;
    if (this.#isWorking) this.#sender.start();
  }
}
