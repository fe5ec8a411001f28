import type { RotorError } from '../rotation/errors.js';
import type { HttpReply } from './reply.js';
import { retryAfterMs } from './retry-after.js';

/** Where the upstream says that its limit is reached and not until when: so long, doubled each time, up to the cap. */
const FIRST_HOLD_MS = 1_000;
const HOLD_CAP_MS = 60_000;

type Heard = { readonly reply: HttpReply } | { readonly error: RotorError };

/** What one host has said of its own limit, in the headers of its answers. */
export class RateLimit {
  #heldUntil = 0;
  #holds = 0;

  /** Milliseconds for which nothing should be asked; 0 where the host may be asked now. */
  heldMs(): number {
    return Math.max(0, Math.ceil(this.#heldUntil - performance.now()));
  }

  heard(heard: Heard): void {
    const said = 'reply' in heard ? ofReply(heard.reply) : ofError(heard.error);
    if (!said.reached) {
      if ('reply' in heard) this.#holds = 0;
      return;
    }
    this.#holds += 1;
    const guess = Math.min(HOLD_CAP_MS, FIRST_HOLD_MS * 2 ** Math.min(this.#holds - 1, 16));
    const until = performance.now() + (said.afterMs ?? guess);
    this.#heldUntil = Math.max(this.#heldUntil, until);
  }
}

type Said = { readonly reached: boolean; readonly afterMs?: number };

/** `x-ratelimit-remaining` comes with every answer (https://elastic.co/docs/api/doc/cloud/topic/topic-rate-limiting). */
function ofReply({ status, headers }: HttpReply): Said {
  const afterMs = retryAfterMs(headers, Date.now());
  const isSpent = headers['x-ratelimit-remaining'] === '0';
  const reached = status === 429 || isSpent || (status === 503 && afterMs !== undefined);
  return { reached, ...(afterMs !== undefined && { afterMs }) };
}

function ofError({ code, retryAfterMs: afterMs }: RotorError): Said {
  return { reached: code === 'upstream_rate_limited', ...(afterMs !== undefined && { afterMs }) };
}
