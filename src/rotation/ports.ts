import type { IssuerSource, IssuerView } from '../issuers/issuer.js';
import type { Store } from '../stores/store.js';
import type { Target } from '../targets/target.js';
import type { Prober } from '../verification/probe.js';

export type NamedTarget = {
  readonly name: string;
  readonly target: Target;
  /** How long its instances may take to run with a delivered token, in milliseconds. */
  readonly readyTimeoutMs: number;
  /** See `turnsOf`. */
  readonly wave?: string;
  /** Of one try; default: `DELIVERY_TIMEOUT_MS`. */
  readonly timeoutMs?: number;
  /** From its turn on, for all tries and until its instances are ready; default: `DELIVERY_DEADLINE_MS`. */
  readonly deadlineMs?: number;
  /** Tries after the first; default: those of the policy. */
  readonly retriesMax?: number;
  /** Whether the frozen spec of another run has the very same one under this name. Absent: the name tells. */
  readonly isSameIn?: (spec: unknown) => boolean;
};

/** What one run works with, built from its frozen spec. */
export type Ports = {
  readonly issuers: IssuerSource;
  readonly store: Store;
  readonly targets: readonly NamedTarget[];
  readonly prober: Prober;
  /** Where agents send to, where the operator knows better than the issuer. */
  readonly apmUrl?: string;
};

/** Every address that is known of the APM Server, that of the operator first. */
export function apmUrlsOf({ apmUrl }: Pick<Ports, 'apmUrl'>, view?: IssuerView): readonly string[] {
  const told = view === undefined ? [] : [view.apmUrl, ...(view.alsoAt ?? [])];
  return [...new Set([...(apmUrl === undefined ? [] : [apmUrl]), ...told])];
}

export function targetOf(name: string, { targets }: Pick<Ports, 'targets'>): NamedTarget {
  const named = targets.find((target) => target.name === name);
  if (!named) throw new Error(`the run's spec has no target ${name}`);
  return named;
}
