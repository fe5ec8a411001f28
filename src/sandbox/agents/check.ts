import { argv, exit, kill, stderr, stdout } from 'node:process';
import { readStatus } from './status-file.js';

// The check command of an agent's file target. Prints what each instance runs with, one fingerprint a line.
try {
  const [, , path = ''] = argv;
  const { pid, fingerprints } = await readStatus(path);
  kill(pid, 0);
  if (fingerprints.length === 0) throw new Error('no instance is running');
  stdout.write(`${fingerprints.join('\n')}\n`);
} catch (error) {
  stderr.write(`the agent does not answer: ${error instanceof Error ? error.message : String(error)}\n`);
  exit(1);
}
