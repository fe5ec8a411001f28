import { loadConfig, loadEnv, type Config } from '../config/index.js';
import { RotorError } from '../rotation/errors.js';
import { hasLabels, parseLabels } from '../triggers/access/grant.js';
import { unknownRotation } from '../triggers/refusals.js';
import { Client, type Check } from './client.js';
import { doctorText } from './doctor-text.js';
import { ofEachRotation, SAID_AFTER_MS } from './each-rotation.js';
import { show, type Output } from './output.js';
import { printNote } from './print.js';

type Options = Output & {
  readonly config?: string;
  readonly service?: boolean;
  readonly selector?: string;
  readonly pre?: boolean;
  readonly stateDir?: string;
  readonly upstream?: readonly string[];
};

/**
 * Looks at everything that a rotation needs, and changes nothing: from here, or by the service with its own credentials.
 * Exit code 3 where a check has failed.
 */
export async function doctor(rotation: string | undefined, asked: Options): Promise<number> {
  const { selector, pre, stateDir, upstream } = asked;
  if (rotation !== undefined && selector !== undefined)
    throw new RotorError('request_invalid', 'name one rotation, or give --selector; both are given');
  if (pre === true && (rotation !== undefined || selector !== undefined))
    throw new RotorError('request_invalid', '--pre looks at no rotation: give neither a name nor --selector');
  if (pre !== true && (stateDir !== undefined || upstream !== undefined))
    throw new RotorError(
      'request_invalid',
      '--state-dir and --upstream go with --pre: else the config has them',
    );
  const found = await looked(asked, { rotation, selector });
  const isWell = found.every(({ state }) => state !== 'fail');
  await show({ ok: isWell, checks: found }, asked, {
    table: () => doctorText(found),
    names: () => found.filter(({ state }) => state === 'fail').map((one) => one.rotation ?? one.check),
    items: () => found,
  });
  return isWell ? 0 : 3;
}

/** Of all rotations, where neither is given. */
type Which = { readonly rotation?: string | undefined; readonly selector?: string | undefined };

async function looked({ config, service, pre, stateDir, upstream }: Options, which: Which): Promise<Check[]> {
  if (pre === true) return (await import('./doctor-pre.js')).lookBefore({ stateDir, upstream });
  return service === true ? askService(which) : lookFromHere(config, which);
}

/**
 * With the credentials of this process. Throws `config_invalid` where the file cannot be read, and `not_found` where
 * there is no such rotation in it.
 */
export async function lookFromHere(given: string | undefined, which: Which = {}): Promise<Check[]> {
  const env = loadEnv(process.env);
  const file = given ?? env.config;
  const config = loadConfig(file, { env });
  const rotations = chosenOf(config, which);
  const names = rotations.map(({ name }) => name);
  return [...(await setUp(config, file, names)), ...(await checkAll({ ...config, rotations }))];
}

function chosenOf({ rotations }: Config, { rotation, selector }: Which): Config['rotations'] {
  const wanted = selector === undefined ? {} : parseLabels(selector);
  const chosen = rotations.filter(
    ({ name, labels = {} }) => (rotation === undefined || name === rotation) && hasLabels(labels, wanted),
  );
  if (chosen.length > 0) return chosen;
  if (rotation !== undefined) throw unknownRotation(rotation, rotations);
  throw new RotorError('not_found', `no rotation has the labels ${selector}`);
}

async function setUp(config: Config, file: string, names: readonly string[]): Promise<Check[]> {
  const { setUpChecks } = await import('../set-up.js');
  return setUpChecks(config, process.env, file, names).map((check) => ({ rotation: null, ...check }));
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

async function askService(which: Which): Promise<Check[]> {
  const client = await Client.fromEnvironment();
  const said = setTimeout(
    () => printNote(`waiting for ${client.address} to look at its rotations`),
    SAID_AFTER_MS,
  );
  try {
    return await client.examine(which);
  } finally {
    clearTimeout(said);
  }
}
