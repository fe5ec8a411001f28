import { loadConfig, loadEnv, type Config } from '../config/index.js';
import { asRotorError } from '../rotation/errors.js';
import type { Checked } from '../rotation/checkup.js';
import { ofEachRotation } from './each-rotation.js';
import { show, type Output } from './output.js';

type Found = Checked & { readonly rotation: string | null };

/** Looks at everything that a rotation needs, and changes nothing. Exit code 3 where a check has failed. */
export async function doctor(options: Output & { readonly config?: string }): Promise<number> {
  const env = loadEnv(process.env);
  const file = options.config ?? env.config;
  const config = loadConfig(file, { env });
  const found = [...(await setUp(config, file)), ...(await checkAll(config))];
  const isWell = found.every(({ state }) => state !== 'fail');
  await show({ ok: isWell, checks: found }, options, {
    table: () => textOf(found),
    names: () =>
      found.filter(({ state }) => state === 'fail').map(({ rotation, check }) => rotation ?? check),
  });
  return isWell ? 0 : 3;
}

async function setUp(config: Config, file: string): Promise<Found[]> {
  const { checkSetUp, warningsOf } = await import('../set-up.js');
  const about = { rotation: null, check: 'config' } as const;
  const warnings = warningsOf(config, process.env).map((detail) => {
    return { ...about, state: 'warn', detail: `${detail.replace(/\.$/, '')}.` } as const;
  });
  try {
    checkSetUp(config, process.env);
    const count = config.rotations.length;
    const what = count === 1 ? 'one rotation' : `${count} rotations`;
    return [{ ...about, state: 'ok', detail: `${file} is valid and has ${what}.` }, ...warnings];
  } catch (error) {
    const { message, hint } = asRotorError(error);
    return [{ ...about, state: 'fail', detail: message, ...(hint !== undefined && { hint }) }, ...warnings];
  }
}

async function checkAll(config: Config): Promise<Found[]> {
  const { greeter } = await import('../wiring/clients.js');
  const { checkUp } = await import('../rotation/checkup.js');
  const { systemClock: clock } = await import('../rotation/clock.js');
  const found = await ofEachRotation(config, async (one, signal) => {
    const tls = config.rotations.find(({ name }) => name === one.name)?.apmServer?.tls;
    const checks = await checkUp(one, { clock, greet: greeter(tls, process.env) }, signal);
    return checks.map((check) => ({ rotation: one.name, ...check }));
  });
  return found.flat();
}

function textOf(found: readonly Found[]): string {
  const width = Math.max(...found.map(({ check }) => check.length));
  return found
    .flatMap(({ rotation, check, state, detail, hint }, index) => {
      const isFirst = rotation !== null && found[index - 1]?.rotation !== rotation;
      const line = `${state.padEnd(4)}  ${check.padEnd(width)}  ${detail}`;
      const advice = hint === undefined || state === 'ok' ? [] : [`${' '.repeat(width + 8)}hint: ${hint}`];
      return [...(isFirst ? [`${rotation}:`] : []), line, ...advice];
    })
    .join('\n');
}
