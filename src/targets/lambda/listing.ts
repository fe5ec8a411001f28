import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { isDenied } from '../aws/faults.js';
import { Gathering } from '../gathering.js';

/** Fewer functions are asked for by name. */
const FEW = 20;
/** AWS is not asked again within it for what it denied; later, the permission may have been given. */
export const DENIED_FOR_MS = 3_600_000;

export type Page = {
  readonly functions: readonly FunctionConfiguration[];
  readonly next: string | undefined;
};

/** undefined: the first one. */
type Pages = (marker: string | undefined, signal: AbortSignal) => Promise<Page>;

/** Names and ARNs of functions, and whether one that has another name is meant as well. */
export type Wanted = {
  readonly names: readonly string[];
  readonly matches?: ((name: string) => boolean) | undefined;
};

/** What a list has shown of those that were wanted, whoever wanted them. */
export type Listed = {
  /**
   * By name and by ARN; without State and LastUpdateStatus, which no list has
   * (https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html).
   */
  readonly functions: ReadonlyMap<string, FunctionConfiguration>;
  /** Too many to ask for each by name at the pace of all other calls. */
  readonly isMany: boolean;
};

export const NOTHING_LISTED: Listed = { functions: new Map(), isMany: false };

/**
 * The functions of one account and region, read page by page for all that look at the same time: 500 targets with a
 * function each take ten calls in place of 500.
 */
export class Listing {
  readonly #gathering = new Gathering<Wanted, Listed>();
  /** That the last list had, or as many as were read of it. */
  #pages = 0;
  #deniedAt = -Infinity;

  /** Throws what a page throws; of one that is denied to who wants names alone, nothing is listed. */
  async read(wanted: Wanted, pages: Pages, signal: AbortSignal): Promise<Listed> {
    const sweep = async (all: readonly Wanted[], stop: AbortSignal) => this.#sweep(all, pages, stop);
    try {
      return await this.#gathering.read(wanted, sweep, signal);
    } catch (error) {
      if (wanted.matches || !isDenied(error)) throw error;
      return { functions: new Map(), isMany: true };
    }
  }

  async #sweep(wanted: readonly Wanted[], pages: Pages, signal: AbortSignal): Promise<Listed> {
    const names = new Set(wanted.flatMap((one) => one.names));
    const tests = wanted.flatMap(({ matches }) => matches ?? []);
    const isMany = names.size > FEW;
    const isDeniedStill = performance.now() - this.#deniedAt < DENIED_FOR_MS;
    const functions = new Map<string, FunctionConfiguration>();
    if (tests.length === 0 && (!isMany || isDeniedStill || names.size <= this.#pages))
      return { functions, isMany };
    // Without a pattern, no more is spent on it than to ask for each by its name.
    const most = tests.length > 0 ? Infinity : names.size;
    const isMeant = (name: string): boolean => tests.some((matches) => matches(name));
    let read = 0;
    let left = names.size;
    let marker: string | undefined;
    do {
      const page: Page = await this.#page(marker, pages, signal);
      for (const one of page.functions) {
        const { FunctionName = '', FunctionArn = '' } = one;
        const isNamed = names.has(FunctionName) || names.has(FunctionArn);
        if (isNamed || isMeant(FunctionName)) functions.set(FunctionName, one).set(FunctionArn, one);
        if (isNamed) left -= 1;
      }
      read += 1;
      marker = page.next;
    } while (marker !== undefined && read < most && (left > 0 || tests.length > 0));
    this.#pages = read;
    // Each is there by two names.
    return { functions, isMany: isMany || functions.size > 2 * FEW };
  }

  async #page(marker: string | undefined, pages: Pages, signal: AbortSignal): Promise<Page> {
    try {
      return await pages(marker, signal);
    } catch (error) {
      if (isDenied(error)) this.#deniedAt = performance.now();
      throw error;
    }
  }
}
