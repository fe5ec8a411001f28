export { formatDuration, parseDuration } from './duration.js';
export { envSchema, loadEnv } from './env.js';
export { findingsOf, formatFinding, type ConfigFinding } from './findings.js';
export { configJsonSchema } from './json-schema.js';
export { loadConfig, readConfig, type LoadedConfig } from './load.js';
export type { Config, RotationConfig, TargetConfig } from './schema.js';
export { shownConfig, type ShownConfig } from './shown-config.js';
export { resolveSecret, secretFileWarning, type SecretRef } from './secret-ref.js';
