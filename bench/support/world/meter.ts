import type { Network } from '../../../src/sandbox/https-front.js';

/** What one server of the world was kept busy with. */
export type Load = { requests: number; busyMs: number; atOnce: number; mostAtOnce: number };

/** Counts what comes in over a network, by the server's URL. */
export class Meter {
  readonly loads = new Map<string, Load>();

  over(network: Network): Network {
    return async (handlers) => {
      const load: Load = { requests: 0, busyMs: 0, atOnce: 0, mostAtOnce: 0 };
      const front = await network({
        ...handlers,
        onRequest: async (request, response) => {
          const began = performance.now();
          load.requests += 1;
          load.atOnce += 1;
          load.mostAtOnce = Math.max(load.mostAtOnce, load.atOnce);
          response.once('close', () => {
            load.atOnce -= 1;
            load.busyMs += performance.now() - began;
          });
          await handlers.onRequest(request, response);
        },
      });
      this.loads.set(front.url, load);
      return front;
    };
  }
}
