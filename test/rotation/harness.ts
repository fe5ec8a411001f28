import { afterEach, expect } from '@jest/globals';
import { always } from '../../src/issuers/issuer.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { LEASE_MS } from '../../src/journal/leases.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import type { Policy } from '../../src/rotation/policy.js';
import type { NamedTarget, Ports } from '../../src/rotation/ports.js';
import type { Acked, Run, RunMode } from '../../src/rotation/run.js';
import { stallOf } from '../../src/rotation/run.js';
import { Runner } from '../../src/rotation/runner.js';
import type { Secret } from '../../src/rotation/secret.js';
import type { Acceptance } from '../../src/rotation/world.js';
import type { Prober } from '../../src/verification/probe.js';
import { FakeResettableIssuer, FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

export type AnyIssuer = FakeResettableIssuer | FakeSettableIssuer;

const MINUTE = 60_000;
export const POLICY: Policy = {
  probes: 10,
  settleReads: 3,
  probeIntervalMs: 1_000,
  acceptDeadlineMs: 40 * MINUTE,
  quietPeriodMs: 10 * MINUTE,
  prepareDeadlineMs: 5 * MINUTE,
  maxConcurrentTargets: 5,
  retries: { max: 2, baseMs: 2_000, capMs: 60_000 },
};

/** Each fresh connection lands on the next instance. */
export class FakeProber implements Prober {
  /** Every instance accepts whatever it is shown. */
  open = false;
  down = false;
  /** Accepted by every instance beside its own, as behind a gateway that knows two. */
  alsoAccepted: Secret | undefined;
  #next = 0;

  constructor(private readonly issuer: AnyIssuer) {}

  async probe(_url: string, tokens: readonly Secret[], connections: number): Promise<readonly Acceptance[]> {
    const said = tokens.map(() => ({ accepted: 0, refused: 0, unclear: 0 }));
    for (let round = 0; round < connections; round += 1) {
      tokens.forEach((token, index) => {
        const sum = said[index];
        if (sum) sum[this.#ask(token, round)] += 1;
      });
    }
    this.#next += 1;
    return said;
  }

  async tryIntake(_url: string, token: Secret): Promise<Acceptance> {
    return { accepted: 0, refused: 0, unclear: 0, [this.#ask(token, this.#next)]: 1 };
  }

  #ask(token: Secret, connection: number): keyof Acceptance {
    if (this.down) return 'unclear';
    const instance = this.issuer.instances[connection % this.issuer.instances.length];
    if (this.alsoAccepted?.equals(token)) return 'accepted';
    return this.open || instance?.equals(token) ? 'accepted' : 'refused';
  }
}

export class Crash extends Error {}

/** One rotation in a small world of fakes, a real journal in memory, and time that passes at once. */
export class Harness<I extends AnyIssuer> {
  readonly clock = new VirtualClock();
  readonly store: FakeStore;
  readonly targets: FakeTarget[] = [new FakeTarget({ name: 'web', instancesFollow: true })];
  readonly prober: FakeProber;
  readonly troubles: string[] = [];
  policy: Policy = POLICY;
  /** How deliveries go, by the name of the target. */
  terms: Record<string, Partial<NamedTarget>> = {};
  /** Throws where the lease is too old to start an effect. */
  mayAct: () => void = () => undefined;
  journal!: KyselyJournal;

  private constructor(
    readonly issuer: I,
    store?: FakeStore,
  ) {
    this.store = store ?? new FakeStore(issuer.inForce.reveal());
    this.prober = new FakeProber(issuer);
  }

  static async of<I extends AnyIssuer>(issuer: I, store?: FakeStore): Promise<Harness<I>> {
    const made = new Harness(issuer, store);
    made.journal = await KyselyJournal.open(openSqlite(':memory:', made.clock), made.clock, {
      subscribed: () => [{ notifier: 'ops', source: 'urn:rotor:test' }],
    });
    return made;
  }

  get ports(): Ports {
    const targets = this.targets.map((target) => ({
      name: target.name,
      target,
      readyTimeoutMs: 10 * MINUTE,
      ...this.terms[target.name],
    }));
    return { issuers: always(this.issuer), store: this.store, targets, prober: this.prober };
  }

  async open(mode: RunMode = 'rotate', only?: readonly string[], acked?: readonly Acked[]): Promise<Run> {
    return this.journal.open({
      rotation: 'checkout',
      mode,
      trigger: { kind: 'api', reason: 'test' },
      storeKey: this.store.key,
      spec: {},
      policy: this.policy,
      ...(only && { only }),
      ...(acked && { acked }),
    });
  }

  /** A fresh worker takes the run up from the journal, as a restarted process would, and drives it. */
  async drive(run: Run, ports: Ports = this.ports, signal = new AbortController().signal): Promise<Run> {
    this.clock.advance(LEASE_MS + 1);
    const claim = await this.journal.claim();
    if (!claim) throw new Error('there is no run to work on');
    const observer = {
      troubled: (_run: Run, error: Error) => this.troubles.push(error.message),
      credentialExpires: () => undefined,
    };
    const runner = new Runner({
      journal: this.journal,
      ports,
      clock: this.clock,
      inTurn: async (look) => look(),
      random: () => 0.5,
      observer,
    });
    try {
      await runner.drive(claim, () => this.mayAct(), signal);
    } finally {
      await this.journal.release(claim).catch(() => undefined);
    }
    return this.run(run.id);
  }

  async rotate(mode: RunMode = 'rotate'): Promise<Run> {
    return this.drive(await this.open(mode));
  }

  /** Drives the run until it says that it is stalled, and has answered what was asked of it; then stops the worker. */
  async driveUntilStalled(run: Run): Promise<Run> {
    const stop = new AbortController();
    const look = async (): Promise<void> => {
      const { state, asked } = await this.run(run.id);
      if (stallOf(state) && !asked) stop.abort();
    };
    const poll = (): void => {
      void look();
      this.clock.plan(1_000, poll);
    };
    poll();
    await this.drive(run, this.ports, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    return this.run(run.id);
  }

  /** Names of the events that a notifier would be told of, in order. */
  async told(): Promise<string[]> {
    const newestFirst = await this.journal.notifications.list({ limit: 100 });
    return newestFirst.toReversed().map(({ name }) => name);
  }

  async run(id: string): Promise<Run> {
    const run = await this.journal.find(id);
    if (!run) throw new Error(`no run ${id}`);
    return run;
  }

  /** Invariant: at rest, the store's current token is the one that every instance of the server accepts. */
  expectStoreHoldsTheAcceptedToken(): void {
    const current = this.store.currentVersion;
    const held = current === undefined ? undefined : this.store.values.get(current);
    for (const accepted of this.issuer.instances) {
      expect({ accepted: accepted.reveal() === held }).toEqual({ accepted: true });
    }
  }

  /** Invariant: whatever any instance accepts can be read from the store. */
  expectNothingLost(): void {
    this.expectNothingLostBut([]);
  }

  /** The same in the middle of a run, when a token may still be known from elsewhere alone. */
  expectNothingLostBut(elsewhere: readonly Secret[]): void {
    const values = new Set([...this.store.values.values(), ...elsewhere.map((token) => token.reveal())]);
    for (const accepted of this.issuer.instances) {
      expect({ known: values.has(accepted.reveal()) }).toEqual({ known: true });
    }
  }

  async close(): Promise<void> {
    await this.journal.close();
  }
}

const open: Harness<AnyIssuer>[] = [];

afterEach(async () => {
  for (const made of open.splice(0)) await made.close();
});

/** Closed after the test. */
export async function harness<I extends AnyIssuer>(issuer: I, store?: FakeStore): Promise<Harness<I>> {
  const made = await Harness.of(issuer, store);
  open.push(made);
  return made;
}

/** A caller-chosen world of three instances. */
export async function settable(
  options: { rollout?: 'at_once' | 'by_hand'; readable?: boolean } = {},
): Promise<Harness<FakeSettableIssuer>> {
  return harness(new FakeSettableIssuer({ instances: 3, rollout: 'at_once', ...options }));
}

/** A server-chosen world whose plan takes effect by itself a while after each reset. */
export async function resettable(
  options: { appliesAfterMs?: number; instances?: number } = {},
): Promise<Harness<FakeResettableIssuer>> {
  const { appliesAfterMs = 1.5 * MINUTE, instances = 3 } = options;
  const issuer = new FakeResettableIssuer({ instances });
  const made = await harness(issuer);
  const reset = issuer.reset.bind(issuer);
  issuer.reset = async (resource, signal) => {
    made.clock.plan(appliesAfterMs, () => issuer.apply());
    return reset(resource, signal);
  };
  return made;
}
