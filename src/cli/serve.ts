import { once } from 'node:events';
import { loadConfig, loadEnv } from '../config/index.js';
import { RotorError, systemCode } from '../rotation/errors.js';
import { createService } from '../serve.js';
import { createLogger } from '../telemetry/logger.js';

/** Runs the service until SIGTERM or SIGINT; a second one ends it at once. */
export async function serve(options: {
  config?: string;
  listen?: string;
  stateDir?: string;
}): Promise<number> {
  const env = loadEnv(process.env);
  const config = loadConfig(options.config ?? env.config, {
    env,
    ...(options.listen !== undefined && { listen: options.listen }),
    ...(options.stateDir !== undefined && { stateDir: options.stateDir }),
  });
  const log = createLogger(env.logLevel);
  const app = await createService(config, process.env, log);
  const { host, port } = config.server.listen;
  try {
    await app.listen(port, host);
  } catch (cause) {
    await app.close();
    throw new RotorError(
      'config_invalid',
      `${host}:${port} cannot be listened on (${systemCode(cause) ?? 'unknown error'})`,
      {
        cause,
        hint: 'Is another Rotor running? Set server.listen, ROTOR_LISTEN or --listen to a free address.',
      },
    );
  }
  log.info({ event: { action: 'service.started' }, url: { full: await app.getUrl() } }, 'rotor is ready');
  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(130));
  log.info(
    { event: { action: 'service.stopping' }, signal: String(signal[0] ?? 'signal') },
    'rotor is stopping',
  );
  await app.close();
  return 0;
}
