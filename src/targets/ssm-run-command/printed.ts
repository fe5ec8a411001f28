import type { CommandInvocation } from '@aws-sdk/client-ssm';
import { fingerprintOf, parseFingerprint, type Fingerprint } from '../../rotation/secret.js';

/** What one host says of its processes; `problem` where that is nothing. */
export type Printed = {
  readonly host: string;
  readonly running: readonly Fingerprint[];
  readonly problem?: string;
};

/** Where it begins what was written to stderr, in what a plugin has put out. */
const STDERR = /\n?-{8,}ERROR-{4,}[\s\S]*$/;

/** One fingerprint a line, one line a process. `leaked`: a line is the token itself. */
export function printedBy(
  { InstanceId = 'a host', Status, StatusDetails, CommandPlugins = [] }: CommandInvocation,
  expected: Fingerprint,
): Printed | 'leaked' {
  const none = (problem: string): Printed => ({
    host: InstanceId,
    running: [],
    problem: `${InstanceId} ${problem}`,
  });
  if (Status !== 'Success') return none(`did not run the check (${StatusDetails ?? Status})`);
  const lines = CommandPlugins.map(({ Output = '' }) => Output.replace(STDERR, ''))
    .join('\n')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.some((line) => fingerprintOf(line) === expected)) return 'leaked';
  const running = lines
    .map((line) => parseFingerprint(line.toLowerCase()))
    .filter((one) => one !== undefined);
  if (lines.length === 0) return none('printed nothing');
  // Not quoted: it may hold a token.
  if (running.length < lines.length) return none('printed something that is no fingerprint');
  return { host: InstanceId, running };
}
