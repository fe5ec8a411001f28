import { rm, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { RotorError, systemCode } from '../../rotation/errors.js';
import { printData, printNote } from '../print.js';
import { partsOf, type BundleOptions } from './parts.js';
import { withoutSecrets } from './redacted.js';

const FOLDER = 'rotor-support';

/**
 * Writes what somebody needs who is to find out what is wrong, as a tar.gz for its owner alone: no token, no key, no
 * journal and no log. Throws `request_invalid` where the file is there already, or cannot be written.
 */
export async function supportBundle(file: string, options: BundleOptions): Promise<number> {
  // Before anything is looked at, which takes a while. Nothing of it is left if that is interrupted.
  await write(file, '');
  await rm(file);
  const parts = await partsOf(options);
  const tar = pack();
  for (const { name, text } of parts)
    tar.entry({ name: `${FOLDER}/${name}`, mode: 0o600 }, withoutSecrets(text));
  tar.finalize();
  await write(file, await pipeline(tar, createGzip(), buffer));
  printData([`${file}:`, ...parts.map(({ name }) => `  ${name}`)].join('\n'));
  printNote('it holds names of rotations, targets, hosts and people: look through it before you send it');
  printNote(
    'the log of the service is not in it: journalctl --unit rotor, kubectl logs, or wherever yours goes',
  );
  return 0;
}

async function write(file: string, content: string | Buffer): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new RotorError(
      'request_invalid',
      `${file} cannot be written (${systemCode(cause) ?? 'unknown error'})`,
      {
        cause,
        hint: 'Name a file that is not there yet, in a folder that you may write to.',
      },
    );
  }
}
