import { RotorError } from '../../rotation/errors.js';
import { fingerprintOf, parseFingerprint, type Fingerprint } from '../../rotation/secret.js';
import type { Observation } from '../target.js';
import type { CommandResult } from './command.js';
import { quote } from './quote.js';

const HINT =
  'It must print one line for each running process: the first 8, or all 64, hex digits of the SHA-256 of the token ' +
  'that the process runs with.';

/** Reads what a check command printed: one fingerprint a line, one line an instance. */
export function seenBy(result: CommandResult, expected: Fingerprint, where: string): Observation {
  const lines = result.stdout.split('\n').map((line) => line.trim());
  const instances = lines.filter((line) => line !== '').map((line) => read(line, expected, where));
  if (result.cut) throw failed(where, 'printed more than 8 KiB');
  if (instances.length === 0) throw failed(where, 'printed nothing');
  const seen = instances.filter((running) => running === expected).length;
  return { state: seen === instances.length ? 'converged' : 'pending', seen, of: instances.length };
}

function read(line: string, expected: Fingerprint, where: string): Fingerprint {
  if (fingerprintOf(line) === expected) throw failed(where, 'printed the token itself, not its fingerprint');
  const fingerprint = parseFingerprint(line.toLowerCase());
  if (fingerprint) return fingerprint;
  throw failed(where, `printed ${quote(line, undefined, expected)}, which is no fingerprint`);
}

function failed(where: string, what: string): RotorError {
  return new RotorError('target_failed', `${where}: its check command ${what}.`, { hint: HINT });
}
