import { once } from 'node:events';
import type { Logger } from 'pino';
import { loadEnv, readConfig } from '../config/index.js';
import { systemClock } from '../rotation/clock.js';
import { createService, listen } from '../serve.js';
import { checkSetUp } from '../set-up.js';
import { StorageOpener } from '../storage.js';
import { createLogger } from '../telemetry/logger.js';
import { assertFree } from '../triggers/address.js';
import { whenItOpens } from '../waiting.js';

/** Runs the service until SIGTERM or SIGINT; a second one ends it at once. */
export async function serve(options: {
  config?: string;
  listen?: string;
  stateDir?: string;
}): Promise<number> {
  const env = loadEnv(process.env);
  const loaded = readConfig(options.config ?? env.config, {
    env,
    ...(options.listen !== undefined && { listen: options.listen }),
    ...(options.stateDir !== undefined && { stateDir: options.stateDir }),
  });
  const { config } = loaded;
  checkSetUp(config, process.env);
  await assertFree(config.server.listen);
  const log = createLogger(env.logLevel);
  const end = new AbortController();
  const asked = askedToEnd(log).then(() => end.abort());
  const storage = new StorageOpener(config, process.env);
  const found = await whenItOpens(storage, config.server.listen, {
    log,
    clock: systemClock,
    signal: end.signal,
  });
  // Nothing is under way yet that would have to be waited for.
  if (!found) process.exit(0);
  const app = await createService(loaded, process.env, log, found.opened);
  await listen(app, found.address);
  log.info({ event: { action: 'service.started' }, url: { full: await app.getUrl() } }, 'rotor is ready');
  await asked;
  await app.close();
  return 0;
}

async function askedToEnd(log: Logger): Promise<void> {
  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(130));
  log.info(
    { event: { action: 'service.stopping' }, signal: String(signal[0] ?? 'signal') },
    'rotor is stopping',
  );
}
