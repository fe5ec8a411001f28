import { isAbsolute } from 'node:path';
import { RotorError } from '../../rotation/errors.js';
import { printData, printNote } from '../print.js';
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
