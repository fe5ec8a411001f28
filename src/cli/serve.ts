import { once } from 'node:events';
import type { Logger } from 'pino';
import { loadEnv, readConfig, readingAside } from '../config/index.js';
import { giveBackMemory, keepMemoryLow } from '../memory.js';
import { FileWatch } from '../reloading/file-watch.js';
import { Reloader } from '../reloading/reloader.js';
import { systemClock } from '../rotation/clock.js';
import { createService, listen } from '../serve.js';
import { checkSetUp } from '../set-up.js';
import { StorageOpener } from '../storage.js';
import { createLogger } from '../telemetry/logger.js';
import { assertFree } from '../triggers/address.js';
import { whenItOpens } from '../waiting.js';

/** Characters. To read one of this size takes tens of megabytes, which would be in the way of all that comes. */
const LARGE_CONFIG = 200_000;

/** Runs the service until SIGTERM or SIGINT; a second one ends it at once. */
export async function serve(options: {
  config?: string;
  listen?: string;
  stateDir?: string;
}): Promise<number> {
  const hangUps = new HangUps();
  const env = loadEnv(process.env);
  const asked = {
    env: { overrides: env.overrides },
    ...(options.listen !== undefined && { listen: options.listen }),
    ...(options.stateDir !== undefined && { stateDir: options.stateDir }),
  };
  const loaded = readConfig(options.config ?? env.config, asked);
  const { config } = loaded;
  if (loaded.text.length > LARGE_CONFIG) giveBackMemory();
  checkSetUp(config, process.env);
  await assertFree(config.server.listen);
  const log = createLogger(env.logLevel);
  const end = new AbortController();
  const ending = askedToEnd(log).then(() => end.abort());
  const storage = new StorageOpener(config, process.env);
  const found = await whenItOpens(storage, config.server.listen, {
    log,
    clock: systemClock,
    signal: end.signal,
  });
  // Nothing is under way yet that would have to be waited for.
  if (!found) process.exit(0);
  const app = await createService(
    { loaded, options: asked, reader: readingAside },
    process.env,
    log,
    found.opened,
  );
  await listen(app, found.address);
  log.info({ event: { action: 'service.started' }, url: { full: await app.getUrl() } }, 'rotor is ready');
  keepMemoryLow();
  const reloader = app.get(Reloader);
  const watch = watchOver(reloader, log);
  hangUps.reloader = reloader;
  await ending;
  hangUps.reloader = undefined;
  await watch.stop();
  await app.close();
  return 0;
}

/**
 * Reloads by SIGHUP; while there is no service yet, or none any more, one does nothing: without a listener it would end
 * the process, and systemd takes that for an end that was asked for. The file is compared at the start in any case.
 */
class HangUps {
  reloader: Reloader | undefined;

  constructor() {
    process.on('SIGHUP', () => void this.reloader?.reload('SIGHUP').catch(() => undefined));
  }
}

/** Reloads when the file has come to hold something else. What comes of it is told by the reloader. */
function watchOver(reloader: Reloader, log: Logger): FileWatch {
  const { file, text } = reloader.current;
  const watch = new FileWatch(file, {
    clock: systemClock,
    changed: async () => reloader.reload('a change of the file'),
    deaf: (why) =>
      log.warn(
        { event: { action: 'config.watch', reason: why } },
        'the folder of the config cannot be watched: the file is looked at every ten seconds',
      ),
  });
  watch.start(text);
  return watch;
}

async function askedToEnd(log: Logger): Promise<void> {
  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(130));
  log.info(
    { event: { action: 'service.stopping' }, signal: String(signal[0] ?? 'signal') },
    'rotor is stopping',
  );
}
