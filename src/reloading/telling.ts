import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/index.js';
import { CONFIG_SUBJECT, configInvalid, configReloaded } from '../events/of-the-service.js';
import type { Journal } from '../journal/journal.js';
import type { RotorEvent } from '../events/schemas.js';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import type { Meters } from '../telemetry/meters.js';
import type { Refusal, Reloaded, ReloaderDeps } from './reloader.js';

type TellingDeps = {
  readonly log: Logger;
  readonly meters: Pick<Meters, 'show'>;
  readonly journal: Pick<Journal, 'act' | 'notifications'>;
  readonly clock: Clock;
};

const TOPIC = 'config';

/** In the log, the metrics, the audit log and to the notifiers; to these once, however many replicas there are. */
export class Telling {
  constructor(private readonly deps: TellingDeps) {
    this.#showTaken();
  }

  readonly observer: ReloaderDeps['observer'] = {
    reloaded: async (
      { file, text }: LoadedConfig,
      { outcome, rotations, settings }: Reloaded,
      by: string,
    ) => {
      this.#showTaken();
      const fields = { event: { action: 'config.reloaded', outcome: 'success' }, user: { name: by } };
      this.deps.log.info(
        { ...fields, ...rotations, settings },
        outcome === 'unchanged' ? `${file} holds again what is in force` : `another ${file} is in force`,
      );
      const hash = createHash('sha256').update(text).digest('hex');
      await this.#write(
        { what: 'config_reloaded', by, hash, ...rotations, settings },
        `reloaded ${hash}`,
        () => configReloaded({ by, rotations: copyOf(rotations), settings: [...settings] }),
      );
    },
    refused: async (file: string, { detail, findings }: Refusal, by: string) => {
      this.#show('configReloadSuccessful', 0);
      const fields = { event: { action: 'config.invalid', outcome: 'failure', reason: detail } };
      this.deps.log.error(
        { ...fields, user: { name: by } },
        `${file} is not in force, and what was in force still is: ${detail}`,
      );
      await this.#write({ what: 'config_refused', by, detail }, `invalid ${detail}`, () =>
        configInvalid({ by, detail, findings }),
      );
    },
  };

  #showTaken(): void {
    this.#show('configReloadSuccessful', 1);
    this.#show('configReloadSuccess', this.deps.clock.now() / 1_000);
  }

  #show(key: 'configReloadSuccessful' | 'configReloadSuccess', value: number): void {
    this.deps.meters.show(key, [{ labels: {}, value }]);
  }

  /** A journal that is away keeps nobody from mending the config. */
  async #write(act: Parameters<Journal['act']>[0], value: string, event: () => RotorEvent): Promise<void> {
    const { journal, log } = this.deps;
    try {
      await journal.act(act);
      await journal.notifications.flip(CONFIG_SUBJECT, TOPIC, value, event());
    } catch (error) {
      log.error(
        { event: { action: 'config.untold' }, err: asRotorError(error) },
        'what became of the config could not be written to the journal',
      );
    }
  }
}

function copyOf({ added, removed, changed }: Reloaded['rotations']) {
  return { added: [...added], removed: [...removed], changed: [...changed] };
}
