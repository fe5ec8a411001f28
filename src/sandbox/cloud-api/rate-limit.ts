import type { RateLimit } from '../options.js';

/**
 * A window of calls and the headers that tell what is left of it
 * (https://elastic.co/guide/en/cloud/current/ec-api-rate-limiting.html: "included in each API call response").
 * The form of the interval is not documented: seconds here.
 */
export type RateWindow = {
  /** Counts one call; false where there was none left. */
  spend(): boolean;
  headers(): Record<string, string>;
};

export function createRateWindow({ limit, intervalMs }: RateLimit): RateWindow {
  let startedAt = performance.now();
  let spent = 0;
  return {
    spend() {
      const now = performance.now();
      if (now - startedAt >= intervalMs) {
        startedAt = now;
        spent = 0;
      }
      spent += 1;
      return spent <= limit;
    },
    headers: () => ({
      'x-ratelimit-interval': String(intervalMs / 1000),
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - spent)),
    }),
  };
}
