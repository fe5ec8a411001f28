import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { AppModule } from '../../src/app.module.js';
import type { Journal } from '../../src/journal/journal.js';
import type { Clock } from '../../src/rotation/clock.js';
import { Watch } from '../../src/rotation/watch.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { watchObserver } from '../../src/telemetry/run-log.js';
import type { ApiToken } from '../../src/triggers/api-token.js';
import { createHttpApp } from '../../src/triggers/http-app.js';
import { Rotations } from '../../src/triggers/rotations.js';
import { NO_LIMITS, policy } from '../rotation/schedule/policies.js';
import { aRun } from '../contracts/journal.contract.js';

const DAY = 24 * 60 * 60_000;

/** The API of a service with one rotation, `checkout`, due every thirty days. Nobody works on its runs. */
export async function openApi(
  journal: Journal,
  clock: Clock,
  apiToken: ApiToken,
): Promise<NestFastifyApplication> {
  const { rotation: _r, mode: _m, trigger: _t, ...template } = aRun();
  const rotations = new Rotations(
    [
      {
        name: 'checkout',
        labels: { env: 'prod' },
        due: policy({ maxAgeMs: 30 * DAY }),
        upstream: 'cloud',
        template,
      },
    ],
    journal,
    clock,
    NO_LIMITS,
  );
  const engine = { start: () => undefined, stop: async () => undefined };
  const log = pino({ level: 'silent' });
  const watch = new Watch([], {
    journal,
    clock,
    random: () => 0,
    adopt: async () => undefined,
    observer: watchObserver(log),
  });
  const metrics = createMetrics(['checkout'], watch);
  const module = AppModule.of({ log, journal, engine, rotations, watch, metrics, apiToken });
  const app = await createHttpApp(module, false);
  await app.init();
  return app;
}
