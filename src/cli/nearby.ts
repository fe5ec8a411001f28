import { readFile } from 'node:fs/promises';
import { fieldOf, valueAt } from '../config/plain.js';

/** What the config file of the service on this machine says of where to find it. */
export type Nearby = { readonly address?: string; readonly stateDir?: string };

/**
 * Read for these two alone: a file that `rotor validate` would refuse hides no service that runs. Nothing where there is
 * no file, or where its port is any free one.
 */
export async function nearby(file: string): Promise<Nearby> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const value = text === '' ? undefined : await parsed(text);
  const listen = valueAt(value, ['server', 'listen']);
  const stateDir = fieldOf(value, 'stateDir');
  const address = typeof listen === 'string' ? addressAt(listen) : undefined;
  return {
    ...(address !== undefined && { address }),
    ...(typeof stateDir === 'string' && stateDir !== '' && { stateDir }),
  };
}

async function parsed(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text, { logLevel: 'silent' });
  } catch {
    return undefined;
  }
}

/** Of `host:port`; every address of a machine is this machine's own too. */
export function addressAt(listen: string): string | undefined {
  const [, host = '', port] = /^(\[[^\]]+\]|[^\s:]+):(\d+)$/.exec(listen) ?? [];
  if (port === undefined || port === '0') return undefined;
  const reached = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }[host] ?? host;
  const address = `http://${reached}:${port}`;
  return URL.canParse(address) ? address : undefined;
}
