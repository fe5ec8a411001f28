import { isIPv4 } from 'node:net';
import { ADDRESS, loadEnv } from '../config/env.js';
import { fieldOf } from '../config/plain.js';
import { asRotorError, RotorError } from '../rotation/errors.js';
import { baseOf } from './connection.js';
import { nearbyService } from './nearby.js';
import { printData } from './print.js';
import { unreachable } from './unreachable.js';

export type HealthcheckOptions = { readonly live?: boolean; readonly config?: string };

/** Below the five seconds that a probe of deploy/Dockerfile has. */
const PATIENCE_MS = 4_000;

/**
 * For a probe: 0 where the service says that it is ready, or with `live` that it is alive, else 1 and a sentence. Sends
 * no API token.
 */
export async function healthcheck({ live, config }: HealthcheckOptions): Promise<number> {
  const path = live === true ? '/livez' : '/readyz';
  try {
    const address = await addressAsked(config);
    await assertPassed(address, path);
    printData(`${address}${path}: ok`);
    return 0;
  } catch (error) {
    printData(`${asRotorError(error).message.replace(/\.$/, '')}.`);
    return 1;
  }
}

/** That of the service that is started here: ROTOR_ADDR may name one elsewhere, whose health says nothing of it. */
async function addressAsked(config: string | undefined): Promise<string> {
  const env = loadEnv(process.env);
  if (env.address !== undefined && isLoopback(env.address)) return env.address;
  const near = await nearbyService({ ...env, ...(config !== undefined && { config }) });
  return near.address ?? ADDRESS;
}

function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
  );
}

async function assertPassed(address: string, path: string): Promise<void> {
  const response = await asked(address, path);
  if (response.ok) return;
  const answer: unknown = await response.json().catch(() => undefined);
  const said = fieldOf(answer, 'detail');
  const detail = typeof said === 'string' ? said : 'no reason is given';
  throw new RotorError('journal_unavailable', `${address}${path} answers ${response.status}: ${detail}`);
}

async function asked(address: string, path: string): Promise<Response> {
  try {
    return await fetch(`${baseOf(address)}${path}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (cause) {
    throw unreachable(address, cause);
  }
}
