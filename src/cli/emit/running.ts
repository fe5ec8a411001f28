import { dirname, isAbsolute } from 'node:path';
import { stringify } from 'yaml';
import { RotorError } from '../../rotation/errors.js';
import { printData, printNote } from '../print.js';
import { composeOf } from './compose.js';
import { configOf, type Of } from './config-of.js';
import { unitOf } from './unit.js';

export type SystemdOptions = Of & {
  readonly at: string;
  readonly install: string;
  readonly node: string;
  readonly postgres?: boolean;
  readonly region?: string;
};

/** Prints the unit; what else has to be done is said on standard error. */
export function emitSystemd({ at, install, node, postgres, region, ...options }: SystemdOptions): number {
  const paths = { '--at': at, '--install': install, '--node': node };
  for (const [flag, path] of Object.entries(paths))
    if (!isAbsolute(path))
      throw new RotorError('request_invalid', `${flag}: found "${path}", expected an absolute path`);
  const { text, remarks } = unitOf(configOf(options), {
    configFile: at,
    installed: install,
    node,
    isPostgres: postgres === true,
    region: region ?? process.env['AWS_REGION'],
  });
  printData(text);
  for (const remark of remarks) printNote(remark);
  return 0;
}

export type ComposeOptions = Of & {
  readonly at: string;
  readonly image: string;
  readonly postgres?: boolean;
  readonly region?: string;
};

/** Prints the compose file; what else has to be done is said on standard error. */
export function emitCompose({ at, image, postgres, region, ...options }: ComposeOptions): number {
  if (dirname(at) === '/')
    throw new RotorError(
      'request_invalid',
      `--at: found "${at}", expected a file in a folder of its own, which is mounted as a whole`,
    );
  const { file, remarks } = composeOf(configOf(options), {
    image,
    configFile: isAbsolute(at) || at.startsWith('.') ? at : `./${at}`,
    isPostgres: postgres === true,
    region: region ?? process.env['AWS_REGION'],
  });
  printData(
    `# Rotor in a container, by \`rotor emit compose\`: make it anew when the config names other secrets or files.`,
  );
  printData(stringify(file, { lineWidth: 0 }).trimEnd());
  for (const remark of remarks) printNote(remark);
  return 0;
}
