import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADDRESS, apiToken, loadEnv } from '../config/env.js';
import { RotorError } from '../rotation/errors.js';
import { Secret } from '../rotation/secret.js';
import { TOKEN_FILE } from '../triggers/api-token.js';
import { activeContext } from './contexts.js';
import { nearbyService } from './nearby.js';

/** Where the service is, and what it knows this caller by. */
export type Endpoint = { readonly address: string; readonly token: Secret };

/**
 * From ROTOR_ADDR and ROTOR_TOKEN(_FILE), else the context in use, else where the config file of this folder lets a
 * service listen and keep its token. Throws `insecure_endpoint`, `unauthenticated` and `config_invalid`.
 */
export async function endpointFromEnvironment(): Promise<Endpoint> {
  const env = loadEnv(process.env);
  const context = env.address === undefined ? await activeContext(env.context) : undefined;
  const near = context === undefined ? await nearbyService(env) : {};
  const address = env.address ?? context?.address ?? near.address ?? ADDRESS;
  assertSafe(address);
  const file = context?.tokenFile ?? join(near.stateDir ?? env.stateDir, TOKEN_FILE);
  return { address, token: apiToken(process.env) ?? (await tokenFrom(file)) };
}

/** The API token goes in clear over http: fine within this machine, nowhere else. Throws `insecure_endpoint`. */
export function assertSafe(address: string): void {
  const { protocol, hostname } = new URL(address);
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || isLoopback) return;
  throw new RotorError(
    'insecure_endpoint',
    `the service is at ${protocol}//${hostname}: the API token would go there in clear`,
    {
      hint: 'Give an https address, for instance of the proxy in front of Rotor.',
    },
  );
}

async function tokenFrom(file: string): Promise<Secret> {
  try {
    return new Secret((await readFile(file, 'utf8')).trim());
  } catch (cause) {
    throw new RotorError(
      'unauthenticated',
      `there is no API token: ROTOR_TOKEN is not set and ${file} cannot be read`,
      {
        cause,
        hint: 'Start the service here (`rotor serve`), or set ROTOR_TOKEN or ROTOR_TOKEN_FILE, or ROTOR_STATE_DIR to its state directory.',
      },
    );
  }
}
