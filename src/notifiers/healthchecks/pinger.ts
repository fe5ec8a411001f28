import { secretAddress } from '../../http/poster.js';
import { RotorError } from '../../rotation/errors.js';
import { addressOf, type Notifier, type PostingDeps } from '../notifier.js';
import type { HealthchecksConfig } from './config.js';

/** `log` is kept by the check and changes nothing of its state. */
export type Ping = 'success' | 'fail' | 'log';

export type Pinger = (ping: Ping, said: string, signal: AbortSignal) => Promise<string>;

const READ_BYTES = 256;
export const WHOSE = 'a notifier of type healthchecks';

/**
 * One ping of one check. By UUID each answer is a 200, and its text says what became of it; by slug the status does:
 * https://healthchecks.io/docs/http_api/. Throws `RotorError`.
 */
export function createPinger({ url, limits }: HealthchecksConfig, { secret, poster }: PostingDeps): Pinger {
  return async (ping, said, signal) => {
    const address = secretAddress(secret(url), WHOSE);
    if (ping !== 'success') address.pathname = `${address.pathname.replace(/\/$/, '')}/${ping}`;
    const to = poster(address, limits);
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const reply = await to.post({ headers, body: said, readBytes: READ_BYTES }, signal);
    const text = reply.text.trim();
    if (reply.status < 200 || reply.status >= 300) throw to.refusal(reply);
    if (/^(OK|Created)$/.test(text)) return `answered ${text}`;
    const [, why] = /^OK \((not found|rate limited)\)$/.exec(text) ?? [];
    if (why === undefined) throw to.unlike(reply.status, '`OK`');
    const code = why === 'not found' ? 'upstream_not_found' : 'upstream_rate_limited';
    throw new RotorError(code, `${address.host}: POST: answered OK (${why}): the ping does not count.`, {
      effect: 'not_applied',
    });
  };
}

/** Whoever tries it sends a line to the log of the check. No event is ever written for it. */
export function createHealthchecksNotifier(config: HealthchecksConfig, deps: PostingDeps): Notifier {
  const ping = createPinger(config, deps);
  return {
    get address() {
      return addressOf(() => deps.secret(config.url).fingerprint);
    },
    send: async (_message, signal) => ping('log', 'Somebody tries whether pings of Rotor arrive.', signal),
  };
}
