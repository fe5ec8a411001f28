import { once } from 'node:events';
import { createServer } from 'node:net';
import { RotorError, systemCode } from '../rotation/errors.js';

export type Address = { readonly host: string; readonly port: number };

export function cannotListen({ host, port }: Address, cause: unknown): RotorError {
  return new RotorError(
    'config_invalid',
    `${host}:${port} cannot be listened on (${systemCode(cause) ?? 'unknown error'})`,
    {
      cause,
      hint: 'Is another Rotor running? Set server.listen, ROTOR_LISTEN or --listen to a free address.',
    },
  );
}

/** Throws as listening would, before anything is made that a service needs. */
export async function assertFree(address: Address): Promise<void> {
  if (address.port === 0) return;
  const server = createServer();
  try {
    await once(server.listen(address.port, address.host), 'listening');
  } catch (cause) {
    throw cannotListen(address, cause);
  } finally {
    server.close();
  }
}
