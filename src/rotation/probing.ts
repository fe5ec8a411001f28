import type { Clock } from './clock.js';
import type { Ports } from './ports.js';
import type { Measure, Millis, Run } from './run.js';
import type { Fingerprint, Secret } from './secret.js';
import { acceptedByAll, type Acceptance, type World } from './world.js';

export type Probes = Pick<World, 'probes' | 'bogus'>;
export const NO_PROBES: Probes = { probes: new Map() };

/** Where tokens are shown, and how many fresh connections each gets. */
export type Asking = { readonly apmUrl: string; readonly connections: number };

/** Shows tokens to the APM Server, and remembers of the old one what the auth gap is measured by. */
export class Probing {
  #oldLastAccepted: Millis | undefined;
  #measure: Measure | undefined;

  constructor(
    private readonly prober: Ports['prober'],
    private readonly clock: Clock,
  ) {}

  /** What has been measured since the last time, once. */
  takeMeasure(): Measure | undefined {
    const measure = this.#measure;
    this.#measure = undefined;
    return measure;
  }

  /** The token that is about to be replaced was still accepted by every connection then. */
  oldAccepted(at: Millis): void {
    this.#oldLastAccepted = at;
  }

  /** `firstRefusedAt`: of `old`, where that is one of the tokens. */
  async ask(
    { apmUrl, connections }: Asking,
    tokens: readonly Secret[],
    signal: AbortSignal,
    { bogus, old }: { readonly bogus?: Secret; readonly old?: Secret } = {},
  ): Promise<Probes & { readonly firstRefusedAt?: Millis }> {
    const all = bogus ? [...tokens, bogus] : tokens;
    if (all.length === 0) return NO_PROBES;
    const said = await this.prober.probe(apmUrl, all, connections, signal);
    const probes = new Map<Fingerprint, Acceptance>();
    let refused: { firstRefusedAt?: Millis } = {};
    tokens.forEach((token, index) => {
      const { firstRefusedAt, ...acceptance } = said[index] ?? { accepted: 0, refused: 0, unclear: 1 };
      probes.set(token.fingerprint, acceptance);
      if (token === old && firstRefusedAt !== undefined) refused = { firstRefusedAt };
    });
    const last = bogus && said.at(-1);
    return { probes, ...refused, ...(last && { bogus: last }) };
  }

  /** Also measures since when `old` is refused. */
  async askWhileChanging(
    { measure }: Pick<Run, 'measure'>,
    asking: Asking,
    tokens: readonly Secret[],
    signal: AbortSignal,
    known: { readonly bogus?: Secret; readonly old?: Secret },
  ): Promise<Probes> {
    const before = this.clock.now();
    const { firstRefusedAt, ...seen } = await this.ask(asking, tokens, signal, known);
    const acceptance = known.old && seen.probes.get(known.old.fingerprint);
    if (acceptance && measure.oldFirstRefused === undefined) {
      if (acceptedByAll(acceptance)) this.#oldLastAccepted = before;
      if (acceptance.refused > 0) this.#measure ??= this.#oldRefused(firstRefusedAt ?? this.clock.now());
    }
    return seen;
  }

  /** Where every connection accepts the wanted token, it is also shown to the route that agents use. */
  async confirm(apmUrl: string, wanted: Secret, seen: Probes, signal: AbortSignal): Promise<Probes> {
    const root = seen.probes.get(wanted.fingerprint);
    if (!root || !acceptedByAll(root)) return seen;
    const intake = await this.prober.tryIntake(apmUrl, wanted, signal);
    return { ...seen, probes: new Map([...seen.probes, [wanted.fingerprint, sum(root, intake)]]) };
  }

  #oldRefused(at: Millis): Measure {
    const last = this.#oldLastAccepted;
    return { oldFirstRefused: at, ...(last !== undefined && { oldLastAccepted: last }) };
  }
}

function sum(a: Acceptance, b: Acceptance): Acceptance {
  return {
    accepted: a.accepted + b.accepted,
    refused: a.refused + b.refused,
    unclear: a.unclear + b.unclear,
  };
}
