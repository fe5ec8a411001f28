import type { Command } from '@aws-sdk/client-ssm';
import { PerPlace } from '../../aws/per-place.js';
import type { Millis } from '../../rotation/run.js';
import { requestedAt, type SsmApi } from './api.js';

/** No delivery goes on for longer: https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html keeps 30 days. */
const LOOKED_BACK_MS = 7 * 24 * 3_600_000;
/** Pages of 50 of what is older: an account may run thousands of commands a day. */
const OLDER_PAGES = 40;
/** A command is listed a moment after it was sent, and clocks differ. */
const OVERLAP_MS = 5 * 60_000;

/** What one process knows of the deliveries to the same hosts; `until`: all of before has been looked through. */
type Known = { readonly commandId: string | undefined; readonly until: Millis };

const shared = new PerPlace<{ known?: Known }>(() => ({}));

export type SearchOptions = {
  readonly api: SsmApi;
  readonly document: string;
  /** By which a delivery is known; the fingerprint follows it. */
  readonly comment: string;
  readonly now: () => Millis;
  /** Milliseconds back in which all is looked through: no delivery of then is missed. */
  readonly sureMs: number;
};

/**
 * Finds the newest delivery to the hosts of a target. AWS can be asked for the commands of one document since a moment,
 * and of one document may be all that an account runs: so a process looks through each moment once, whichever object
 * looks, and remembers what it found.
 */
export class DeliverySearch {
  readonly #shared: { known?: Known };

  constructor(private readonly options: SearchOptions) {
    const { api, document, comment } = options;
    this.#shared = shared.of(api.where, [document, comment]);
  }

  /** Whatever the token. `too_many`: none of late, and more of before than can be looked through. */
  async newest(how: 'of_late' | 'at_all', signal: AbortSignal): Promise<Command | 'too_many' | undefined> {
    const { api, now } = this.options;
    const at = now();
    const before = this.#shared.known;
    const remembered = before?.commandId && (await api.command(before.commandId, signal));
    // What AWS has forgotten says nothing of what else there is.
    const isWhole = before !== undefined && (before.commandId === undefined || remembered);
    const found = isWhole
      ? await this.#between(before.until - OVERLAP_MS, undefined, Infinity, signal)
      : await this.#anew(at, how, signal);
    if (found === 'too_many') return found;
    const newest = [found, remembered || undefined]
      .filter((one) => one !== undefined)
      .toSorted((a, b) => requestedAt(b) - requestedAt(a))[0];
    if (newest || how === 'at_all') this.#shared.known = { commandId: newest?.CommandId, until: at };
    return newest;
  }

  /** By this process, just now. */
  sent({ CommandId }: Command): void {
    this.#shared.known = { commandId: CommandId, until: this.#shared.known?.until ?? this.options.now() };
  }

  async #anew(at: Millis, how: 'of_late' | 'at_all', signal: AbortSignal) {
    const sure = at - this.options.sureMs;
    const found = await this.#between(sure, undefined, Infinity, signal);
    if (found || how === 'of_late') return found;
    return this.#between(at - LOOKED_BACK_MS, sure, OLDER_PAGES, signal);
  }

  async #between(after: Millis, before: Millis | undefined, mostPages: number, signal: AbortSignal) {
    const { api, document, comment } = this.options;
    const isMeant = ({ Comment = '' }: Command): boolean => Comment.startsWith(`${comment} `);
    return api.newest({ document, after, before, mostPages }, isMeant, signal);
  }
}
