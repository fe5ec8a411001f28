import { configJsonSchema, loadConfig, loadEnv } from '../config/index.js';
import { printData, printJson } from './print.js';

/** Offline: reads the file and asks nobody. The findings of a bad one are thrown. */
export async function validate(options: { config?: string; json?: boolean }): Promise<number> {
  const env = loadEnv(process.env);
  const file = options.config ?? env.config;
  const config = loadConfig(file, { env });
  const rotations = config.rotations.map(({ name }) => name);
  if (options.json) printJson({ valid: true, file, rotations });
  else
    printData(
      `${file} is valid: ${rotations.length === 1 ? 'rotation' : 'rotations'} ${rotations.join(', ')}`,
    );
  return 0;
}

export function printSchema(): number {
  printJson(configJsonSchema());
  return 0;
}
