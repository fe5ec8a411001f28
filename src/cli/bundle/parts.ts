import { effectiveIn, loadEnv, readConfig, shownConfig } from '../../config/index.js';
import { asRotorError, RotorError, sentenceOf } from '../../rotation/errors.js';
import { packageVersion } from '../../version.js';
import { Client } from '../client.js';

export type BundleOptions = { readonly config?: string; readonly doctor?: boolean };

/** A file of the bundle: what is in it, or what it is made of. */
export type Part = { readonly name: string; readonly text: string };

const RUNS = '50';
const EVENTS = '200';
const DAY_MS = 24 * 60 * 60_000;

/** Each by itself: what cannot be had leaves a file that says why. */
export async function partsOf(options: BundleOptions): Promise<Part[]> {
  const asked = async (ask: (client: Client) => Promise<unknown>): Promise<unknown> =>
    ask(await Client.fromEnvironment());
  const since = new Date(Date.now() - DAY_MS).toISOString();
  const sources: Readonly<Record<string, () => unknown>> = {
    'version.json': versions,
    'config.json': () => configOf(options),
    'info.json': async () => asked(async (client) => client.info()),
    'rotations.json': async () => asked(async (client) => client.rotations()),
    'runs.json': async () => asked(async (client) => client.runs({ limit: RUNS })),
    'events.json': async () => asked(async (client) => client.events({ since, limit: EVENTS })),
    'notifications.json': async () => asked(async (client) => client.notifications({})),
    'readyz.txt': async () => asked(async (client) => textOf(await client.raw('/readyz?verbose'))),
    'metrics.txt': async () => asked(async (client) => textOf(await client.raw('/metrics'))),
    ...(options.doctor !== false && { 'doctor.json': async () => doctorOf(options) }),
  };
  const parts: Part[] = [];
  for (const [name, source] of Object.entries(sources)) parts.push(await partOf(name, source));
  return parts;
}

async function partOf(name: string, source: () => unknown): Promise<Part> {
  try {
    const found = await source();
    return { name, text: typeof found === 'string' ? found : `${JSON.stringify(found, undefined, 2)}\n` };
  } catch (error) {
    return { name: `${name}.missing.txt`, text: `${sentenceOf(asRotorError(error))}\n` };
  }
}

/** Readiness tells what is wrong with a status of its own. */
async function textOf(response: Response): Promise<string> {
  const text = await response.text();
  if (response.ok || response.status === 503) return text;
  throw new RotorError('internal', `the service answered ${response.status}: ${text}`);
}

function versions(): object {
  const { node } = process.versions;
  const { platform, arch } = process;
  return { rotor: packageVersion(), node, platform, arch, madeAt: new Date().toISOString() };
}

function configOf({ config }: BundleOptions): object {
  const env = loadEnv(process.env);
  const loaded = readConfig(config ?? env.config, { env });
  return shownConfig(loaded.file, effectiveIn(loaded)).config;
}

async function doctorOf({ config }: BundleOptions): Promise<object> {
  const { lookFromHere } = await import('../doctor.js');
  return lookFromHere(config);
}
