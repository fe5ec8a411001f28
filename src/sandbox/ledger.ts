import { performance } from 'node:perf_hooks';
import type { Fingerprint } from '../rotation/secret.js';

/** What became of an answer: on its way, or lost after the world acted, or the request was cut before it acted. */
export type ReplyFate = 'sent' | 'lost' | 'cut';

export type CloudRequest = {
  readonly kind: 'cloud.request';
  readonly method: string;
  readonly operationId: string;
  readonly path: string;
  /** What was sent, or would have been where the reply was lost; 0 where the request was cut before it acted. */
  readonly status: number;
  readonly reply: ReplyFate;
};

export type TokenReset = {
  readonly kind: 'token.reset';
  readonly deployment: string;
  readonly by: 'api' | 'colleague';
  readonly fingerprint: Fingerprint;
  readonly planAttempt: string;
};

type PlanEnded<K extends string> = {
  readonly kind: K;
  readonly deployment: string;
  readonly fingerprint: Fingerprint;
  readonly planAttempt: string;
};
export type PlanApplied = PlanEnded<'plan.applied'>;
export type PlanFailed = PlanEnded<'plan.failed'>;

/** A Fleet policy was saved: in force for Kibana, on its way to the Elastic Agents. */
export type PolicySaved = {
  readonly kind: 'policy.saved';
  readonly deployment: string;
  readonly policy: string;
  readonly by: string;
  readonly fingerprint: Fingerprint;
};

export type KibanaRequest = {
  readonly kind: 'kibana.request';
  readonly deployment: string;
  readonly method: string;
  readonly operation: string;
  readonly path: string;
  readonly status: number;
  readonly reply: ReplyFate;
};

export type InstanceSwitched = {
  readonly kind: 'instance.switched';
  readonly deployment: string;
  readonly instance: string;
  readonly from: Fingerprint;
  readonly to: Fingerprint;
};

export type ApmRequest = {
  readonly kind: 'apm.request';
  readonly deployment: string;
  readonly instance: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** When its header was judged, epoch milliseconds; `at` is when the answer was given. */
  readonly startedAt: number;
  /** `anonymous`: it carried no well-formed Authorization header. */
  readonly outcome: 'accepted' | 'refused' | 'anonymous';
  /** Of the token that was presented. */
  readonly fingerprint?: Fingerprint;
  /** Of intake requests: events by what became of them; a refused request's are counted as far as it was drained. */
  readonly events?: EventCount;
  /** From the metadata line: service name, agent name, and the node name an agent was given as its label. */
  readonly service?: string;
  readonly agentName?: string;
  readonly node?: string;
};

export type EventCount = {
  readonly accepted: number;
  readonly dropped: number;
  readonly byType: Readonly<Record<string, number>>;
};

export type SecretsManagerRequest = {
  readonly kind: 'secrets-manager.request';
  readonly operation: string;
  readonly status: number;
  readonly reply: ReplyFate;
  readonly secretId?: string;
  readonly versionId?: string;
  readonly stages?: readonly string[];
  readonly fingerprint?: Fingerprint;
  readonly error?: string;
};

export type StsRequest = {
  readonly kind: 'sts.request';
  readonly action: string;
  readonly status: number;
  readonly role?: string;
  readonly error?: string;
};

export type KubernetesRequest = {
  readonly kind: 'kubernetes.request';
  readonly method: string;
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly user: string;
  readonly isDryRun: boolean;
  readonly status: number;
  readonly reply: ReplyFate;
};

/** Of the services of AWS other than Secrets Manager. */
export type AwsRequest = {
  readonly kind: 'aws.request';
  readonly service: string;
  readonly operation: string;
  readonly status: number;
  readonly reply: ReplyFate;
  readonly error?: string;
};

export type AgentEvent = {
  readonly kind: 'agent';
  readonly agent: string;
  readonly what: string;
  readonly fingerprint?: Fingerprint;
  readonly events?: number;
};

/** A fault rule took effect. */
export type FaultApplied = { readonly kind: 'fault'; readonly operation: string; readonly effect: string };

/** The sandbox itself failed, or a hook given to it did; the caller was answered with status 500. */
export type SandboxDefect = {
  readonly kind: 'sandbox.defect';
  readonly operation: string;
  readonly error: unknown;
};

export type LedgerEvent =
  | CloudRequest
  | TokenReset
  | PlanApplied
  | PlanFailed
  | PolicySaved
  | KibanaRequest
  | InstanceSwitched
  | ApmRequest
  | SecretsManagerRequest
  | StsRequest
  | KubernetesRequest
  | AwsRequest
  | AgentEvent
  | FaultApplied
  | SandboxDefect;

/** `at`: epoch milliseconds with a sub-millisecond fraction, never running backwards within a process. */
export type LedgerEntry = LedgerEvent & { readonly at: number };
export type LedgerKind = LedgerEvent['kind'];
export type EntryOf<K extends LedgerKind> = Extract<LedgerEntry, { kind: K }>;

/** What the world saw, append-only. Holds fingerprints, never a token. */
export type Ledger = {
  readonly entries: readonly LedgerEntry[];
  of<K extends LedgerKind>(kind: K): EntryOf<K>[];
  append(event: LedgerEvent): LedgerEntry;
  /** The first matching entry, past or future. Rejects with the signal's reason when it aborts. */
  waitFor<E extends LedgerEntry>(
    predicate: (entry: LedgerEntry) => entry is E,
    signal?: AbortSignal,
  ): Promise<E>;
  waitFor(predicate: (entry: LedgerEntry) => boolean, signal?: AbortSignal): Promise<LedgerEntry>;
};

type Waiter = { matches(entry: LedgerEntry): boolean; resolve(entry: LedgerEntry): void };

export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}

/** `most`: with more entries than this the oldest are forgotten; default: none is. */
export function createLedger({ most = Infinity }: { readonly most?: number } = {}): Ledger {
  const entries: LedgerEntry[] = [];
  const waiters = new Set<Waiter>();

  const append = (event: LedgerEvent): LedgerEntry => {
    const entry = { ...event, at: epochNow() };
    entries.push(entry);
    // Half at a time, so that it costs nothing to speak of.
    if (entries.length > most) entries.splice(0, Math.ceil(most / 2));
    for (const waiter of waiters) if (waiter.matches(entry)) waiter.resolve(entry);
    return entry;
  };

  const waitFor = async (
    matches: (entry: LedgerEntry) => boolean,
    signal?: AbortSignal,
  ): Promise<LedgerEntry> => {
    signal?.throwIfAborted();
    return entries.find(matches) ?? nextMatch(waiters, matches, signal);
  };

  return {
    entries,
    of: <K extends LedgerKind>(kind: K) =>
      entries.filter((entry): entry is EntryOf<K> => entry.kind === kind),
    append,
    waitFor,
  };
}

async function nextMatch(
  waiters: Set<Waiter>,
  matches: (entry: LedgerEntry) => boolean,
  signal?: AbortSignal,
): Promise<LedgerEntry> {
  const { promise, resolve, reject } = Promise.withResolvers<LedgerEntry>();
  const waiter = { matches, resolve };
  const onAbort = (): void => reject(signal?.reason);
  waiters.add(waiter);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await promise;
  } finally {
    waiters.delete(waiter);
    signal?.removeEventListener('abort', onAbort);
  }
}
