import type { Agent } from 'node:https';
import got from 'got';
import { connectionFault } from './faults.js';

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;

/** One GET without any credential; the time on the clock of whoever answers. Throws `upstream_unreachable` and its kin. */
export async function greet(url: string, agent: Agent, signal: AbortSignal): Promise<Date | undefined> {
  const { host } = new URL(url);
  try {
    const { headers } = await got(url, {
      agent: { https: agent },
      followRedirect: false,
      retry: { limit: 0 },
      throwHttpErrors: false,
      timeout: { lookup: CONNECT_MS, connect: CONNECT_MS, secureConnect: CONNECT_MS, request: ANSWER_MS },
      signal,
    });
    const date = new Date(headers.date ?? '');
    return Number.isNaN(date.getTime()) ? undefined : date;
  } catch (error) {
    throw connectionFault(error, { host, operation: 'GET /' });
  }
}
