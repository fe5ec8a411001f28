import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { inTime } from '../../rotation/in-time.js';
import { PerPlace } from '../../aws/per-place.js';
import { each } from '../aws/each.js';
import type { LambdaApi } from './api.js';
import { DENIED_FOR_MS, Listing, type Listed, type Wanted } from './listing.js';
import { Rest } from './rest.js';

/** What a process knows of the functions of one account and region, as one role sees them. */
type Shared = {
  readonly listing: Listing;
  readonly rest: Rest;
  quick?: { readonly since: number; readonly isAllowed: Promise<boolean> };
};

const shared = new PerPlace<Shared>(() => ({ listing: new Listing(), rest: new Rest() }));

/** Reads functions as they are now, with as few calls as AWS allows: one by one where they are few. */
export class Functions {
  readonly #shared: Shared;

  constructor(private readonly api: LambdaApi) {
    this.#shared = shared.of(api.where);
  }

  get rest(): Rest {
    return this.#shared.rest;
  }

  /** Where they are many, or a pattern is among what is wanted. */
  async listed(wanted: Wanted, signal: AbortSignal): Promise<Listed> {
    const pages = async (marker: string | undefined, stop: AbortSignal) => this.api.page(marker, stop);
    try {
      return await this.#shared.listing.read(wanted, pages, signal);
    } catch (error) {
      throw this.api.listFault(error);
    }
  }

  /** $LATEST of each, in their order; undefined: there is none. Who was listed unchanged is not asked for again. */
  async latest(
    names: readonly string[],
    { functions, isMany }: Listed,
    signal: AbortSignal,
  ): Promise<(FunctionConfiguration | undefined)[]> {
    const { rest } = this.#shared;
    return each(names, async (name) => {
      const shown = functions.get(name);
      const known = shown && rest.of(shown);
      if (known) return known;
      const quick = isMany ? await this.#quickly(name, signal) : 'denied';
      const found = quick === 'denied' ? await this.api.configuration(name, undefined, signal) : quick;
      if (found) rest.remember(found);
      return found;
    });
  }

  /** The first one of many asks whether it may. */
  async #quickly(name: string, signal: AbortSignal): Promise<FunctionConfiguration | 'denied' | undefined> {
    const { quick } = this.#shared;
    const isKnown = quick !== undefined && performance.now() - quick.since < DENIED_FOR_MS;
    // An answer that does not come in time stops the call itself.
    if (isKnown && !(await inTime(quick.isAllowed, signal).catch(() => true))) return 'denied';
    const asked = this.api.quickly(name, signal);
    if (!isKnown) {
      const isAllowed = asked.then(
        (one) => one !== 'denied',
        () => true,
      );
      this.#shared.quick = { since: performance.now(), isAllowed };
    }
    return asked;
  }
}
