import { loadConfig, loadEnv, type Config } from '../config/index.js';
import { RotorError } from '../rotation/errors.js';
import { Client, type Check } from './client.js';
import { doctorText } from './doctor-text.js';
import { ofEachRotation, SAID_AFTER_MS } from './each-rotation.js';
import { show, type Output } from './output.js';
import { printNote } from './print.js';

type Options = Output & {
  readonly config?: string;
  readonly service?: boolean;
  readonly selector?: string;
};

/**
 * Looks at everything that a rotation needs, and changes nothing: from here, or by the service with its own credentials.
 * Exit code 3 where a check has failed.
 */
export async function doctor({ config, service, selector, ...options }: Options): Promise<number> {
  if (service !== true && selector !== undefined)
    throw new RotorError(
      'request_invalid',
      '--selector goes with --service: of a config file all are looked at',
    );
  const found = service === true ? await askService(selector) : await lookFromHere(config);
  const isWell = found.every(({ state }) => state !== 'fail');
  await show({ ok: isWell, checks: found }, options, {
    table: () => doctorText(found),
    names: () =>
      found.filter(({ state }) => state === 'fail').map(({ rotation, check }) => rotation ?? check),
    items: () => found,
  });
  return isWell ? 0 : 3;
}

/** With the credentials of this process. Throws `config_invalid` where the file cannot be read. */
export async function lookFromHere(given: string | undefined): Promise<Check[]> {
  const env = loadEnv(process.env);
  const file = given ?? env.config;
  const config = loadConfig(file, { env });
  return [...(await setUp(config, file)), ...(await checkAll(config))];
}

async function setUp(config: Config, file: string): Promise<Check[]> {
  const { setUpChecks } = await import('../set-up.js');
  return setUpChecks(config, process.env, file).map((check) => ({ rotation: null, ...check }));
}

async function checkAll(config: Config): Promise<Check[]> {
  const { greeterOf } = await import('../wiring/clients.js');
  const { checkUp } = await import('../rotation/checkup.js');
  const { systemClock: clock } = await import('../rotation/clock.js');
  const found = await ofEachRotation(config, async (one, signal) => {
    const { name } = one;
    const checks = await checkUp(one, { clock, greet: greeterOf(name, config, process.env) }, signal);
    return checks.map((check) => ({ rotation: name, ...check }));
  });
  return found.flat();
}

async function askService(selector: string | undefined): Promise<Check[]> {
  const client = await Client.fromEnvironment();
  const said = setTimeout(
    () => printNote(`waiting for ${client.address} to look at its rotations`),
    SAID_AFTER_MS,
  );
  try {
    return await client.examine({ selector });
  } finally {
    clearTimeout(said);
  }
}
