import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { RotorError, systemCode } from '../rotation/errors.js';

/** One service that the commands can talk to. The token stays where it is: in a file for the owner alone. */
const context = z.strictObject({
  address: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
  tokenFile: z.string().min(1),
});
const contextsFile = z.strictObject({
  current: z.string().optional(),
  contexts: z.record(z.string(), context).default({}),
});

export type Context = z.output<typeof context>;
export type Contexts = z.output<typeof contextsFile>;

/** Of this user: https://specifications.freedesktop.org/basedir-spec/latest/. */
export function contextsPath(): string {
  return join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'rotor', 'contexts.yaml');
}

/** Empty where there is no file. Throws `config_invalid` where it is not as `rotor context add` writes it. */
export async function readContexts(): Promise<Contexts> {
  const path = contextsPath();
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return '';
    throw unreadable(path, systemCode(error) ?? 'unknown error', error);
  });
  const { parse } = await import('yaml');
  const parsed = contextsFile.safeParse(parsedBy(parse, text, path) ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(path, `${issue?.path.join('.') ?? ''}: expected ${issue?.message ?? 'another value'}`);
}

export async function writeContexts(contexts: Contexts): Promise<void> {
  const path = contextsPath();
  const { stringify } = await import('yaml');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, stringify(contexts), { mode: 0o600 });
}

/** The one that is asked for, else the one in use. Throws `config_invalid` where that one does not exist. */
export async function activeContext(wanted: string | undefined): Promise<Context | undefined> {
  const { current, contexts } = await readContexts();
  const name = wanted ?? current;
  return name === undefined ? undefined : contextNamed(name, contexts);
}

export function contextNamed(name: string, contexts: Contexts['contexts']): Context {
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found) return found;
  const known = Object.keys(contexts).join(', ') || 'none';
  throw new RotorError('config_invalid', `there is no context "${name}"; known are: ${known}`, {
    hint: 'List them with `rotor context list`, or make one with `rotor context add`.',
  });
}

/** As it is written into the file: absolute, since commands are given anywhere. */
export function declared(address: string, tokenFile: string): Context {
  const parsed = context.safeParse({ address, tokenFile: resolve(tokenFile) });
  if (parsed.success) return parsed.data;
  throw new RotorError('request_invalid', `--address: found "${address}", expected an http or https URL`);
}

function parsedBy(parse: (text: string) => unknown, text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw unreadable(path, 'its text is no YAML', error);
  }
}

function unreadable(path: string, why: string, cause?: unknown): RotorError {
  return new RotorError('config_invalid', `the contexts in ${path} cannot be read: ${why}`, {
    ...(cause !== undefined && { cause }),
    hint: 'Mend the file, or delete it and make them anew with `rotor context add`.',
  });
}
