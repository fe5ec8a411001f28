import { loadConfig, loadEnv, type Config } from '../../config/index.js';

/** The config that something is emitted from. */
export type Of = { readonly config?: string };

export function configOf(options: Of): Config {
  const env = loadEnv(process.env);
  return loadConfig(fileOf(options), { env });
}

/** As it was given. */
export function fileOf({ config }: Of): string {
  return config ?? loadEnv(process.env).config;
}
