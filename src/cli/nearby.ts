import { readFile } from 'node:fs/promises';
import { loadEnv, type Env } from '../config/env.js';
import { fieldOf, valueAt } from '../config/plain.js';
import { quoted } from './quoted.js';

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

/** As `rotor serve` would take it: the environment wins over the file. */
export async function nearbyService({ config, overrides }: Env): Promise<Nearby> {
  const { listen, stateDir } = overrides;
  const near = await nearby(config);
  const host = listen?.host.includes(':') === true ? `[${listen.host}]` : listen?.host;
  const address = listen === undefined ? near.address : addressAt(`${host}:${listen.port}`);
  return {
    ...(address !== undefined && { address }),
    ...((stateDir ?? near.stateDir) !== undefined && { stateDir: stateDir ?? near.stateDir }),
  };
}

export type WhereState = { readonly config?: string; readonly stateDir?: string };

/** The state directory that `rotor serve` would take here. */
export async function stateDirOf({ config, stateDir }: WhereState): Promise<string> {
  const env = loadEnv(process.env);
  const near = await nearbyService({ ...env, ...(config !== undefined && { config }) });
  return stateDir ?? near.stateDir ?? env.stateDir;
}

/** As it is typed where it is about the same service. */
export function commandThere(command: string, { config, stateDir }: WhereState): string {
  const flags = Object.entries({ '--config': config, '--state-dir': stateDir });
  const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${quoted(value)}`]));
  return ['rotor', command, ...given].join(' ');
}
