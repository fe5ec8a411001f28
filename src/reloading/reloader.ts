import { findingsOf, formatFinding, type Config, type ConfigReader } from '../config/index.js';
import type { LoadedConfig, LoadOptions } from '../config/index.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError, RotorError } from '../rotation/errors.js';
import type { Millis } from '../rotation/run.js';
import { differences, restartNeeded, type Differences } from './differences.js';

/** Why the file that is there now is not in force. */
export type Refusal = { readonly at: Millis; readonly detail: string; readonly findings: number };

export type Reloaded = Differences & {
  /** unchanged: the file holds what is in force already. */
  readonly outcome: 'reloaded' | 'unchanged';
};

export type ReloaderDeps = {
  readonly reader: ConfigReader;
  /** As at the start, but for the text: flags and variables go on to win over the file. */
  readonly options: LoadOptions;
  readonly clock: Clock;
  /** Builds all that follows from a config, and throws where that is not possible; what it returns puts it in force. */
  readonly prepare: (next: Config, changes: Differences) => () => Promise<void>;
  /** Neither throws. */
  readonly observer: {
    reloaded(loaded: LoadedConfig, reloaded: Reloaded, by: string): Promise<void>;
    refused(file: string, refusal: Refusal, by: string): Promise<void>;
  };
};

/**
 * Puts another config in force while the service runs, as a whole or not at all. Runs that are under way go on as they
 * were frozen, as over a restart.
 */
export class Reloader {
  #current: LoadedConfig;
  #loadedAt: Millis;
  #refusal: Refusal | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    loaded: LoadedConfig,
    private readonly deps: ReloaderDeps,
  ) {
    this.#current = loaded;
    this.#loadedAt = deps.clock.now();
  }

  /** That is in force. */
  get current(): LoadedConfig {
    return this.#current;
  }

  get loadedAt(): Millis {
    return this.#loadedAt;
  }

  /** Of the newest try, where it failed. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /**
   * One at a time. Throws `config_invalid` for a file that is none, and `not_possible` for one that needs a restart:
   * then what was in force still is.
   */
  async reload(by: string): Promise<Reloaded> {
    const turn = this.#last.then(async () => this.#reload(by));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #reload(by: string): Promise<Reloaded> {
    const { reader, options, observer, clock, prepare } = this.deps;
    const { file } = this.#current;
    try {
      const next = await reader.read(file, options);
      const changes = differences(this.#current.config, next.config);
      assertNoRestart(file, changes);
      const putInForce = prepare(next.config, changes);
      const reloaded: Reloaded = { outcome: isNothing(changes) ? 'unchanged' : 'reloaded', ...changes };
      const isNews = reloaded.outcome === 'reloaded' || this.#refusal !== undefined;
      const done = putInForce();
      this.#current = next;
      this.#loadedAt = clock.now();
      this.#refusal = undefined;
      await done;
      if (isNews) await observer.reloaded(next, reloaded, by);
      return reloaded;
    } catch (thrown) {
      const error = asRotorError(thrown);
      this.#refusal = { at: clock.now(), detail: inOneSentence(error), findings: findingsOf(error).length };
      await observer.refused(file, this.#refusal, by);
      throw error;
    }
  }
}

function assertNoRestart(file: string, changes: Differences): void {
  const needing = restartNeeded(changes);
  if (needing.length === 0) return;
  throw new RotorError(
    'not_possible',
    `${file} has another ${needing.join(' and ')}, which needs a restart`,
    {
      effect: 'not_applied',
      hint: 'Restart Rotor, and all of the file is in force; or change that back.',
    },
  );
}

function isNothing({ rotations, settings }: Differences): boolean {
  return [...Object.values(rotations), settings].every((names) => names.length === 0);
}

function inOneSentence(error: RotorError): string {
  const [first, ...others] = findingsOf(error);
  if (!first) return error.message;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${formatFinding(first)}${more}`;
}
