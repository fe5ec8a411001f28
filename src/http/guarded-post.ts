import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { RotorError } from '../rotation/errors.js';
import { Stop } from '../rotation/stop.js';
import type { Address, AddressGuard } from './address-guard.js';
import { abortFault, connectionFault } from './faults.js';
import type { HttpReply, Site } from './reply.js';

export type GuardedPost = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly guard: AddressGuard;
  /** Hosts that may be spoken to without TLS. */
  readonly allowHttp: readonly string[];
  readonly agent: https.Agent;
  /** From the look-up of the name to the head of the answer, and to what is read of its body. */
  readonly timeoutMs: number;
  /** So much of the answer is read. Default: nothing. */
  readonly readBytes?: number;
};

export type PostReply = Omit<HttpReply, 'json'> & {
  /** As much of the body as was to be read. */ readonly text: string;
};

/**
 * Sends one POST to an address that was checked, follows no redirect and uses no proxy, which would look the name up
 * anew. Resolves with any answer; of its body no more is waited for than was asked for. Throws `RotorError`.
 */
export async function guardedPost(post: GuardedPost, signal: AbortSignal): Promise<PostReply> {
  const site = siteOf(post.url);
  if (signal.aborted) throw abortFault(site, false);
  assertScheme(post);
  using stop = new Stop([signal], post.timeoutMs);
  let isSending = false;
  try {
    const addresses = await unlessStopped(post.guard.addressesOf(post.url), stop.signal);
    isSending = true;
    return await exchange(post, addresses, stop.signal);
  } catch (error) {
    if (signal.aborted) throw abortFault(site, isSending);
    if (stop.signal.aborted) throw tooLate(site, post.timeoutMs);
    throw connectionFault(error, site);
  }
}

/** Without the path, which may be a secret of the receiver. */
export function siteOf({ host }: URL): Site {
  return { host, operation: 'POST' };
}

/** Throws `insecure_endpoint`. */
export function assertScheme({ url, allowHttp }: Pick<GuardedPost, 'url' | 'allowHttp'>): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && allowHttp.includes(url.hostname))) return;
  throw new RotorError('insecure_endpoint', `${url.host}: the address is not https.`, {
    effect: 'not_applied',
    hint: `Use https, or name ${url.hostname} in allowHttp.`,
  });
}

async function exchange(
  { url, headers, body, agent, readBytes = 0 }: GuardedPost,
  addresses: readonly Address[],
  signal: AbortSignal,
): Promise<PostReply> {
  const { promise, resolve, reject } = Promise.withResolvers<PostReply>();
  const options = { method: 'POST', headers, lookup: answering(addresses), signal };
  const request =
    url.protocol === 'https:'
      ? https.request(url, { ...options, agent })
      : http.request(url, { ...options, agent: false });
  request.on('error', reject);
  request.on('response', (response) => {
    const head = { status: response.statusCode ?? 0, headers: response.headers };
    textOf(response, readBytes)
      .then((text) => resolve({ ...head, text }))
      .catch(reject)
      // What else it says is of no use, and may never end.
      .finally(() => response.destroy());
  });
  request.end(body);
  return promise;
}

async function textOf(response: http.IncomingMessage, bytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  if (bytes > 0) {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= bytes) break;
    }
  }
  return Buffer.concat(chunks).subarray(0, bytes).toString('utf8');
}

/** In the place of the resolver: what was checked is what is connected to. */
function answering(addresses: readonly Address[]): LookupFunction {
  return (_host, options, callback) => {
    const [first = { address: '', family: 4 }] = addresses;
    if (options.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

/** A look-up cannot be stopped, only left alone. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stopped = (): void => reject(new Error('stopped'));
  signal.addEventListener('abort', stopped);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stopped);
    work.catch(() => undefined);
  }
}

function tooLate({ host, operation }: Site, timeoutMs: number): RotorError {
  return new RotorError('upstream_timeout', `${host}: ${operation}: no answer within ${timeoutMs} ms.`);
}
