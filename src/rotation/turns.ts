import pLimit from 'p-limit';

/** How long one may keep the others waiting: an upstream that does not answer takes up to minutes to fail. */
const TURN_MS = 3_000;

/** Lets so many go on at one time; who takes longer than a turn goes on beside the next ones. */
export class Turns {
  readonly #limit: ReturnType<typeof pLimit>;

  constructor(atOnce: number) {
    this.#limit = pLimit(atOnce);
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    const done = Promise.withResolvers<T>();
    void this.#limit(async () => {
      const running = work();
      running.then(done.resolve, done.reject);
      await turnOf(running);
    });
    return done.promise;
  }
}

async function turnOf(running: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(() => over.resolve(), TURN_MS);
  await Promise.race([running.catch(() => undefined), over.promise]);
  clearTimeout(timer);
}
