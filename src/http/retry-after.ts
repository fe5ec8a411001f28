import type { IncomingHttpHeaders } from 'node:http';

/** A longer one is asked for again by then: a proxy may have made it up. */
const LONGEST_MS = 60 * 60_000;

/**
 * Retry-After, as seconds or as an HTTP date, in milliseconds from `now`, an hour at the most; undefined where it says
 * nothing usable.
 */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number): number | undefined {
  const text = headers['retry-after']?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Math.min(LONGEST_MS, Number(text) * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.min(LONGEST_MS, Math.max(0, date - now));
}

/**
 * The rate limit as the Elastic Cloud API tells it with every answer, for a message. The unit of the interval is not
 * documented (https://elastic.co/docs/api/doc/cloud/topic/topic-rate-limiting), so it is shown and never computed with.
 */
export function describeRateLimit(headers: IncomingHttpHeaders): string {
  const remaining = harmless(headers['x-ratelimit-remaining']);
  const limit = harmless(headers['x-ratelimit-limit']);
  const interval = harmless(headers['x-ratelimit-interval']);
  if (remaining === undefined) return '';
  const of = limit === undefined ? '' : ` of ${limit}`;
  const within = interval === undefined ? '' : ` in an interval of ${interval}`;
  return ` (${remaining}${of} calls left${within})`;
}

function harmless(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && /^[\w. ]{1,32}$/.test(value) ? value : undefined;
}
