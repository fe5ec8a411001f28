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
