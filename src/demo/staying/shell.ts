import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inPackage } from '../../in-package.js';
import type { AccessKey } from '../../sandbox/aws/keyring.js';
import { TOKEN_FILE } from '../../triggers/api-token.js';
import { REGION } from '../config.js';

const CLI = inPackage('bin/rotor.js');

type Place = {
  readonly folder: string;
  readonly config: string;
  readonly stateDir: string;
  readonly address: string;
  readonly keys: AccessKey;
};

/** What another terminal reads to talk to this service, and to nothing else; returns the file. The user's own contexts and variables stay as they are. */
export async function writeShellFile({ folder, config, stateDir, address, keys }: Place): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const command = join(bin, 'rotor');
  await writeFile(command, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(CLI)} "$@"\n`);
  await chmod(command, 0o755);
  const tokenFile = join(stateDir, TOKEN_FILE);
  const token = (await readFile(tokenFile, 'utf8')).trim();
  await writeFile(join(folder, 'auth'), `authorization: Bearer ${token}\n`, { mode: 0o600 });
  const variables = {
    ROTOR_SANDBOX: folder,
    ROTOR_ADDR: address,
    ROTOR_TOKEN_FILE: tokenFile,
    ROTOR_CONFIG: config,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: REGION,
    NO_PROXY: '127.0.0.1,localhost',
    // Whatever a person has set for a service of their own; empty counts as not set.
    ...Object.fromEntries(OTHERS.map((name) => [name, ''])),
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const file = join(folder, 'env');
  const head = '# Made by `rotor sandbox`, for one terminal: everything in it ends with the sandbox.';
  const text = [head, ...lines, `export PATH=${quoted(bin)}:"$PATH"`, ''].join('\n');
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

const OTHERS = [
  'ROTOR_TOKEN',
  'ROTOR_CONTEXT',
  'ROTOR_STATE_DIR',
  'ROTOR_LISTEN',
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'AWS_PROFILE',
  'AWS_SESSION_TOKEN',
];

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
