import { rm, writeFile } from 'node:fs/promises';
import { argv, exit, stderr } from 'node:process';
import { readSettings } from './settings.js';
import { Supervision } from './supervision.js';

// Runs one service as an init system would: its pid file, SIGHUP to reload, SIGTERM to stop.
const [, , settingsFile = ''] = argv;
const settings = await readSettings(settingsFile);
const supervision = new Supervision(settings, (state, sent, done) => {
  if (process.connected && process.send) process.send({ state, sent }, done);
  else done();
});

process.on('SIGHUP', () => supervision.reload());
process.once('SIGTERM', () => void stop());
// The sandbox is gone, however it ended: so goes this.
process.once('disconnect', () => void stop());

// Whoever hears that it runs may want to reload it at once.
await writeFile(settings.pidFile, `${process.pid}\n`);
try {
  await supervision.start();
} catch (error) {
  await rm(settings.pidFile, { force: true });
  stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  exit(1);
}

async function stop(): Promise<void> {
  await supervision.stop();
  await rm(settings.pidFile, { force: true });
  exit(0);
}
