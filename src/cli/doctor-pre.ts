import { lookBeforehand } from '../beforehand.js';
import { loadEnv } from '../config/env.js';
import { CLOUD_ENDPOINT } from '../config/schema.js';
import { greet } from '../http/greet.js';
import { systemClock } from '../rotation/clock.js';
import { RotorError } from '../rotation/errors.js';
import { agentFor } from '../wiring/clients.js';
import type { Check } from './client.js';

type Where = {
  readonly stateDir?: string | undefined;
  readonly upstream?: readonly string[] | undefined;
};

/** Without a config, and without any credential but that of PostgreSQL. */
export async function lookBefore({ stateDir, upstream }: Where): Promise<Check[]> {
  const env = loadEnv(process.env);
  const upstreams = upstream ?? [CLOUD_ENDPOINT];
  for (const url of upstreams)
    if (URL.parse(url)?.protocol !== 'https:')
      throw new RotorError('request_invalid', `--upstream: found "${url}", expected an https URL`);
  const found = await lookBeforehand(
    {
      env: process.env,
      stateDir: stateDir ?? env.stateDir,
      upstreams,
      greet: async (url, signal) => greet(url, agentFor(undefined, process.env), signal),
      clock: systemClock,
    },
    new AbortController().signal,
  );
  return found.map((check) => ({ rotation: null, ...check }));
}
