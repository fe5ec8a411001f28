import type { CallsOptions } from './calls.js';
import { PerAgent } from './per-agent.js';

/** Where calls go, and as which role. */
export type Where = Pick<CallsOptions<never>, 'agent' | 'place'>;

/** What a process keeps for all that speak to one place in AWS as one role. */
export class PerPlace<Value> {
  readonly #kept = new PerAgent<Value>();

  /** `make` makes what is not there yet. */
  constructor(private readonly make: () => Value) {}

  /** `part`: of the place, such as a cluster. */
  of({ agent, place: { region, endpoint, credentials } }: Where, part: readonly string[] = []): Value {
    const known = this.#kept.of(agent);
    const key = JSON.stringify([region, endpoint, credentials, ...part]);
    const value = known.get(key) ?? this.make();
    known.set(key, value);
    return value;
  }
}
