/** Made once: a signal is aborted for every wait that ends, and where an error was made tells nothing then. */
const TIMEOUT = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
const ENDED = new DOMException('This operation was aborted', 'AbortError');

/**
 * Aborts with the first of several signals, with their reason, or after `timeoutMs` with a TimeoutError; then, and when
 * it is disposed of, it lets go of all of them. What `AbortSignal.any` and `AbortSignal.timeout` hold on to is freed by
 * a full garbage collection alone: with many requests a second, each keeps its connection in memory until then.
 */
export class Stop implements Disposable {
  readonly #stop = new AbortController();
  readonly #signals: readonly AbortSignal[];
  readonly #heard = (): void => this.#end(this.#signals.find(({ aborted }) => aborted)?.reason);
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(signals: readonly AbortSignal[], timeoutMs?: number) {
    this.#signals = signals;
    for (const signal of signals) signal.addEventListener('abort', this.#heard);
    if (signals.some(({ aborted }) => aborted)) this.#heard();
    else if (timeoutMs !== undefined) this.#timer = setTimeout(() => this.#end(TIMEOUT), timeoutMs).unref();
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  abort(): void {
    this.#end(ENDED);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#heard);
  }

  #end(reason: unknown): void {
    this[Symbol.dispose]();
    this.#stop.abort(reason);
  }
}
