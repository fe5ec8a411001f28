import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { asRotorError, RotorError, systemCode } from '../rotation/errors.js';
import { Secret } from '../rotation/secret.js';
import { isTerminal } from './agree.js';
import { Client } from './client.js';
import { contextsPath, declared, readContexts, writeContexts } from './contexts.js';
import { assertSafe } from './endpoint.js';
import { printNote } from './print.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** As it may stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * The short way to a context: its token is asked for where nobody sees it, tried, and kept in a file for this user alone.
 * Nothing is written where the service does not know it. Throws what the service answers, and `request_invalid`.
 */
export async function login(
  address: string,
  { name = nameOf(address) }: { readonly name?: string },
  ask: () => Promise<string> = typedOrPiped,
): Promise<number> {
  if (!NAME.test(name))
    throw new RotorError(
      'request_invalid',
      `--name: found "${name}", expected up to 63 letters, digits and ._-`,
    );
  const tokenFile = join(dirname(contextsPath()), 'tokens', name);
  const context = declared(address, tokenFile);
  assertSafe(address);
  const { contexts } = await readContexts();
  const token = tokenIn(await ask());
  await assertKnown(new Client(address, token));
  await keep(token, tokenFile);
  await writeContexts({ current: name, contexts: { ...contexts, [name]: context } });
  printNote(`the commands talk to ${address} from now on, as the context ${name}`);
  const replaced = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (replaced) printNote(`it replaces the context ${name} of ${replaced.address}, and the token of that`);
  const [shadow] = ['ROTOR_ADDR', 'ROTOR_CONTEXT', 'ROTOR_TOKEN'].filter((key) => process.env[key]);
  if (shadow !== undefined) printNote(`warning: ${shadow} is set, and wins over it`);
  return 0;
}

/** By its host and path, so that services behind one proxy are told apart. */
function nameOf(address: string): string {
  const url = URL.parse(address);
  if (url === null) return 'default';
  return `${url.host}${url.pathname}`.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^-|-$/g, '');
}

async function typedOrPiped(): Promise<string> {
  if (!isTerminal()) return text(process.stdin);
  const { isCancel, password } = await import('@clack/prompts');
  const typed = await password({ message: 'API token', mask: '', output: process.stderr });
  return isCancel(typed) || typed === undefined ? '' : typed;
}

/** Throws `request_invalid`, and never says what was found. */
function tokenIn(given: string): Secret {
  const token = given.trim();
  if (TOKEN.test(token)) return new Secret(token);
  const found = token === '' ? 'nothing' : 'a text with blanks or characters beyond ASCII';
  throw new RotorError('request_invalid', `found ${found}, expected an API token on standard input`, {
    hint: 'Pipe it: `rotor login URL < FILE`, or type it on a terminal.',
  });
}

/** One that may not read is known all the same. */
async function assertKnown(client: Client): Promise<void> {
  try {
    await client.info();
  } catch (error) {
    if (asRotorError(error).code !== 'scope_missing') throw error;
  }
}

async function keep(token: Secret, file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, `${token.reveal()}\n`, { mode: 0o600 });
    // The mode above is of a new file alone.
    await chmod(file, 0o600);
  } catch (cause) {
    const why = systemCode(cause) ?? 'unknown error';
    throw new RotorError('request_invalid', `${file} cannot be written (${why})`, { cause });
  }
}
