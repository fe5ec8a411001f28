import { asRotorError, RotorError } from '../rotation/errors.js';
import { hasLabels, parseLabels } from '../triggers/access/grant.js';
import { LEVELS, lineOfAll, lineOfOne, written, type Line } from './check-line.js';
import { Client } from './client.js';
import { isJson, type Output } from './output.js';
import { printData } from './print.js';

export type CheckOptions = Output & {
  readonly watch?: boolean;
  readonly selector?: string;
  readonly state?: string;
};

/** One line for a monitoring system, and the exit codes of its plugins in place of Rotor's own. Never throws. */
export async function check(name: string | undefined, options: CheckOptions): Promise<number> {
  try {
    return say(await look(name, options));
  } catch (error) {
    return unknown(asRotorError(error).message);
  }
}

/** Where nothing could be found out; for a plugin a wrong option is that too. */
export function unknown(why: string): number {
  return say({ level: 'UNKNOWN', text: why.replace(/^error: /, '') });
}

async function look(name: string | undefined, options: CheckOptions): Promise<Line> {
  const { watch, selector, state, output } = options;
  const isOtherwise = isJson(options) || (output !== undefined && output !== 'table');
  if (watch === true || state !== undefined || isOtherwise)
    throw new RotorError(
      'request_invalid',
      '--check prints one line of all, and goes with none of --watch, --state and -o',
    );
  const wanted = selector === undefined ? {} : parseLabels(selector);
  const client = await Client.fromEnvironment();
  if (name !== undefined) return lineOfOne(await client.rotation(name), Date.now());
  const all = (await client.rotations()).filter(({ labels }) => hasLabels(labels, wanted));
  if (all.length === 0) throw new RotorError('not_found', 'there is no such rotation');
  return lineOfAll(all, Date.now());
}

function say(line: Line): number {
  printData(written(line));
  return LEVELS.indexOf(line.level);
}
