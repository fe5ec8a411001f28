import { effectiveIn, readConfig, type LoadedConfig, type LoadOptions } from './load.js';
import { shownConfig, type ShownConfig } from './shown-config.js';

/** A config of a thousand rotations takes seconds to read, in which its thread does nothing else. */
export interface ConfigReader {
  /** Throws as `loadConfig` does. */
  read(file: string, options: LoadOptions): Promise<LoadedConfig>;
  show(loaded: LoadedConfig): Promise<ShownConfig>;
}

/** In the thread of whoever asks. */
export const readingHere: ConfigReader = {
  read: async (file, options) => readConfig(file, options),
  show: async (loaded) => shownConfig(loaded.file, effectiveIn(loaded)),
};
