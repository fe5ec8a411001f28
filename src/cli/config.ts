import { effectiveIn, loadEnv, readConfig, shownConfig, type ShownConfig } from '../config/index.js';
import { Client } from './client.js';
import { show, type Output } from './output.js';
import { table } from './print.js';

export type ShowOptions = Output & {
  readonly config?: string;
  readonly listen?: string;
  readonly stateDir?: string;
  readonly origin?: boolean;
  readonly running?: boolean;
};

/** The config that holds: by the file, the environment and the flags here, or the one that the service runs with. */
export async function showConfig(options: ShowOptions): Promise<number> {
  const shown = options.running === true ? await (await Client.fromEnvironment()).config() : here(options);
  const { stringify } = await import('yaml');
  await show(shown, options, {
    table: () =>
      options.origin === true
        ? withOrigins(shown)
        : stringify(shown.config, { aliasDuplicateObjects: false }).trimEnd(),
    names: () => shown.values.map(({ path }) => path),
  });
  return 0;
}

/** Exit code 2 for a file that is none, 7 for one that needs a restart: what was in force still is. */
export async function reloadConfig(options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const reloaded = await client.reloadConfig();
  const { rotations, settings, outcome } = reloaded;
  const { added, removed, changed } = rotations;
  const words = [
    outcome === 'unchanged' ? 'the file holds what was in force' : 'another config is in force',
    ...Object.entries({ added, removed, changed, settings })
      .filter(([, names]) => names.length > 0)
      .map(([what, names]) => `  ${what.padEnd(8)}  ${names.join(', ')}`),
  ];
  await show(reloaded, options, {
    table: () => words.join('\n'),
    names: () => [...added, ...removed, ...changed],
  });
  return 0;
}

function here({ config, listen, stateDir }: ShowOptions): ShownConfig {
  const env = loadEnv(process.env);
  const loaded = readConfig(config ?? env.config, {
    env,
    ...(listen !== undefined && { listen }),
    ...(stateDir !== undefined && { stateDir }),
  });
  return shownConfig(loaded.file, effectiveIn(loaded));
}

function withOrigins({ file, values }: ShownConfig): string {
  const rows = values.map(({ path, value, origin }) => [originText(file, origin), path, valueText(value)]);
  return table(['ORIGIN', 'PATH', 'VALUE'], rows);
}

function originText(file: string, origin: ShownConfig['values'][number]['origin']): string {
  if (origin.from === 'file') return `${file}:${origin.line}:${origin.column}`;
  if (origin.from === 'environment') return origin.variable;
  return origin.from === 'flag' ? origin.flag : 'default';
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
