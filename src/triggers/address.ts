import { once } from 'node:events';
import { createServer } from 'node:net';
import { RotorError, systemCode } from '../rotation/errors.js';

export type Address = { readonly host: string; readonly port: number };

const NOT_OF_THIS_MACHINE = 'This machine has no such address.';
const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Is another Rotor running?',
  EADDRNOTAVAIL: NOT_OF_THIS_MACHINE,
  ENOTFOUND: NOT_OF_THIS_MACHINE,
  EAI_AGAIN: NOT_OF_THIS_MACHINE,
  EACCES: 'Ports below 1024 are for root, or for who has CAP_NET_BIND_SERVICE.',
};

export function cannotListen({ host, port }: Address, cause: unknown): RotorError {
  const code = systemCode(cause) ?? 'unknown error';
  const set = 'Set server.listen, ROTOR_LISTEN or --listen to an address that is free.';
  return new RotorError('config_invalid', `${host}:${port} cannot be listened on (${code})`, {
    cause,
    hint: [WHY[code], set].filter(Boolean).join(' '),
  });
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
