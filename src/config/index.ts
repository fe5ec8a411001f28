export { formatDuration, parseDuration } from './duration.js';
export { envSchema, loadEnv, type Env } from './env.js';
export { findingsOf, formatFinding, type ConfigFinding } from './findings.js';
export { configJsonSchema } from './json-schema.js';
export { loadConfig, type LoadOptions } from './load.js';
export type { Config, FileTargetConfig, RotationConfig, StoreConfig, TargetConfig } from './schema.js';
export { resolveSecret, secretFileWarning, type RawEnv, type SecretRef } from './secret-ref.js';
