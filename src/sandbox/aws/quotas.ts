import type { AwsFailure } from './failure.js';
import type { Protocol } from './service.js';

/** Requests that may come at once, and how many more with each second. */
type Bucket = { readonly holds: number; readonly perSecond: number };

/** Counts the requests of one account in one Region, in token buckets, as AWS says that it does. */
export class Quotas<Name extends string> {
  readonly #left: Map<Name, number>;
  #at = performance.now();

  constructor(
    private readonly buckets: Readonly<Record<Name, Bucket>>,
    /** undefined: it is not counted. */
    private readonly bucketOf: (operation: string) => Name | undefined,
    private readonly tooMany: () => AwsFailure,
  ) {
    this.#left = new Map(this.#all().map(([name, { holds }]) => [name, holds]));
  }

  /** Throws where it is one too many. */
  take(operation: string): void {
    this.#fill();
    const name = this.bucketOf(operation);
    if (name === undefined) return;
    const left = this.#left.get(name) ?? 0;
    if (left < 1) throw this.tooMany();
    this.#left.set(name, left - 1);
  }

  #fill(): void {
    const now = performance.now();
    for (const [name, { holds, perSecond }] of this.#all()) {
      const more = ((now - this.#at) / 1_000) * perSecond;
      this.#left.set(name, Math.min(holds, (this.#left.get(name) ?? 0) + more));
    }
    this.#at = now;
  }

  #all(): [Name, Bucket][] {
    return Object.entries(this.buckets) as [Name, Bucket][];
  }
}

/** A service that refuses what goes beyond them. */
export function within<Name extends string>(quotas: Quotas<Name>, protocol: Protocol): Protocol {
  return {
    ...protocol,
    route(request, body, caller) {
      const { operation, run } = protocol.route(request, body, caller);
      const counted = (): ReturnType<typeof run> => {
        quotas.take(operation);
        return run();
      };
      return { operation, run: counted };
    },
  };
}
