import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C, the order to end, or a terminal that is closed: the world comes down in the order in which it was built. */
export class Interrupt {
  readonly #stop = new AbortController();
  readonly #listener = (name: NodeJS.Signals): void => {
    this.exitCode = 128 + constants.signals[name];
    this.#stop.abort();
  };
  exitCode = 1;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) process.off(name, this.#listener);
  }
}
