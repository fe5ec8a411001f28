/** Timers that all end with the sandbox; after `close()` nothing fires and nothing new is started. */
export type Timers = {
  after(ms: number, run: () => void): void;
  /** Never resolves once the timers are closed: by then the socket that it was for is gone. */
  sleep(ms: number): Promise<void>;
  close(): void;
};

export function createTimers(): Timers {
  const running = new Set<NodeJS.Timeout>();
  let closed = false;

  const after = (ms: number, run: () => void): void => {
    if (closed) return;
    const timer = setTimeout(() => {
      running.delete(timer);
      run();
    }, ms);
    running.add(timer);
  };

  return {
    after,
    sleep: async (ms) => new Promise((resolve) => after(ms, resolve)),
    close() {
      closed = true;
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
  };
}
