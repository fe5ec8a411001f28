import { readFile } from 'node:fs/promises';
import { argv, exit, kill, stderr } from 'node:process';

// The reload command of an agent's file target: a signal to its supervisor, as an init system would send it.
try {
  const [, , path = ''] = argv;
  const pid = Number(await readFile(path, 'utf8'));
  if (!Number.isInteger(pid) || pid < 1) throw new Error(`${path} holds no process id`);
  kill(pid, 'SIGHUP');
} catch (error) {
  stderr.write(`cannot reload the agent: ${error instanceof Error ? error.message : String(error)}\n`);
  exit(1);
}
