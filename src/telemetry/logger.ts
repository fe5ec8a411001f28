import { ecsFormat } from '@elastic/ecs-pino-format';
import type { LoggerService } from '@nestjs/common';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';

/** The second net; the first is that a `Secret` does not print. Paths, since pino redacts by path alone. */
const REDACTED = [
  'authorization',
  'secretToken',
  'secret_token',
  'SecretString',
  'apiKey',
  'token',
  'password',
  'cookie',
];

/** JSON lines in the Elastic Common Schema, one event each: constant words in `message`, data in fields. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const paths = REDACTED.flatMap((name) => [
    name,
    `*.${name}`,
    `*.*.${name}`,
    `*.headers.${name}`,
    `req.headers.${name}`,
  ]);
  // With it a whole agent would be loaded where one is installed, as on a machine that runs the tests.
  const options = {
    ...ecsFormat({ apmIntegration: false }),
    level,
    redact: { paths: [...new Set(paths)], censor: '[redacted]' },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Nest's own messages in the same log. */
export function nestLogger(log: Logger): LoggerService {
  const at = (level: 'info' | 'warn' | 'error' | 'debug' | 'trace') => {
    return (message: unknown, ...rest: unknown[]) => {
      const from = rest.at(-1);
      log[level]({ 'log.logger': typeof from === 'string' ? from : 'nest' }, String(message));
    };
  };
  // Nest's chatter about routes and modules is of use to people who debug the wiring.
  return { log: at('debug'), error: at('error'), warn: at('warn'), debug: at('debug'), verbose: at('trace') };
}
