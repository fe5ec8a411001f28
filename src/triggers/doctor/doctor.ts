import pLimit from 'p-limit';
import type { Clock } from '../../rotation/clock.js';
import { checkUp, type Checked, type Greet } from '../../rotation/checkup.js';
import type { Ports } from '../../rotation/ports.js';
import { Stop } from '../../rotation/stop.js';

/** Of one rotation; null: of the service as a whole. */
export type Found = Checked & { readonly rotation: string | null };

export type Examined = {
  readonly name: string;
  readonly ports: () => Ports;
  readonly greet: Greet;
};

export type Declared = {
  /** Of the config, as far as it is about these rotations or about all; without asking anybody. */
  readonly setUp: (names: readonly string[]) => readonly Checked[];
  /** In the order of the config. */
  readonly rotations: readonly Examined[];
};

type Page = {
  readonly checks: readonly Found[];
  /** The first rotation that there was no time for. */
  readonly next: string | undefined;
};

/** A proxy gives up after a minute; a look that has begun is still waited for. */
const PAGE_MS = 20_000;
const LOOK_MS = 15_000;
/** Of all callers together: runs ask the same upstreams. */
const AT_ONCE = 4;

/** The checks of `rotor doctor`, with the credentials of the service and from where it runs. */
export class Doctor {
  readonly #turns = pLimit(AT_ONCE);

  constructor(
    private declared: Declared,
    private readonly clock: Clock,
  ) {}

  /** From the next page on, of another config. */
  use(declared: Declared): void {
    this.declared = declared;
  }

  setUp(names: readonly string[]): readonly Found[] {
    return this.declared.setUp(names).map((check) => ({ rotation: null, ...check }));
  }

  /** As many of them as there is time for, in the order of the config, and one at least. Never throws. */
  async page(names: readonly string[], signal: AbortSignal): Promise<Page> {
    const { clock } = this;
    const wanted = new Set(names);
    const asked = this.declared.rotations.filter(({ name }) => wanted.has(name));
    const until = clock.monotonic() + PAGE_MS;
    const looks = asked.map(async (rotation, index) =>
      // Turns come in their order: after one that came too late there is none in time.
      this.#turns(async () =>
        index > 0 && (signal.aborted || clock.monotonic() >= until)
          ? undefined
          : this.#examine(rotation, signal),
      ),
    );
    const found = await Promise.all(looks);
    const late = found.indexOf(undefined);
    return { checks: found.flatMap((one) => one ?? []), next: late < 0 ? undefined : asked[late]?.name };
  }

  async #examine({ name, ports, greet }: Examined, signal: AbortSignal): Promise<readonly Found[]> {
    using stop = new Stop([signal], LOOK_MS);
    const checks = await checkUp({ ports }, { clock: this.clock, greet }, stop.signal);
    return checks.map((check) => ({ rotation: name, ...check }));
  }
}
