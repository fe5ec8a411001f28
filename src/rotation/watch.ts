import type { Resource } from '../issuers/issuer.js';
import type { Journal } from '../journal/journal.js';
import { Adoptions } from './adoptions.js';
import { heldApart, isBehind, namesTold, notHeld, type Behind } from './behind.js';
import type { Clock } from './clock.js';
import { driftOf, lastOf, type Drift } from './drift.js';
import type { RotorError } from './errors.js';
import { asRotorError } from './errors.js';
import { Look } from './look.js';
import type { Policy } from './policy.js';
import type { NamedTarget, Ports } from './ports.js';
import { holdsLock, leftBy, type Millis, type Run } from './run.js';
import type { Fingerprint } from './secret.js';
import { Stop } from './stop.js';

/** Looks in a row that must show the same before anything is done about it. */
const LOOKS = 2;
/** Among how many runs the one that last sent something is looked for. */
const RUNS_BACK = 20;

export type Watched = {
  readonly name: string;
  readonly everyMs: number;
  readonly onDrift: 'adopt' | 'alert';
  readonly policy: Policy;
  /** The rotation of the store itself changes the token; see `Sighting`. */
  readonly isDriven?: boolean;
  /** Throws `config_invalid` where they cannot be built. */
  readonly ports: () => Ports;
};

export type FoundDrift = Drift & { readonly since: Millis };

export type WatchDeps = {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: () => number;
  /** Starts an `adopt` run; throws `rotation_in_progress` where one is on its way. */
  readonly adopt: (rotation: string, reason: string, only?: readonly string[]) => Promise<unknown>;
  /**
   * Tells, durably, what is out of step after this run, or that nothing is. What was told before, by this replica or by
   * another, may be told again.
   */
  readonly tell: (rotation: string, drift: FoundDrift | undefined, after: string) => Promise<void>;
  readonly observer: {
    drifted(rotation: string, drift: FoundDrift, adopting: boolean): void;
    inStep(rotation: string): void;
    failed(rotation: string, error: RotorError): void;
  };
};

/**
 * Looks after a rotation between its runs. Nothing else heals what a run cannot fence: a reset that a frozen replica
 * sends late, a colleague's change, an old token that GitOps puts back.
 */
export class Watch {
  readonly #stop = new AbortController();
  #rounds: ReadonlyMap<string, Round>;
  /** Looks of what is no longer watched so, until they are over. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(
    watched: readonly Watched[],
    private readonly deps: WatchDeps,
  ) {
    this.#rounds = new Map(watched.map((one) => [one.name, new Round(one, deps)]));
  }

  /**
   * From now on these. What is unchanged goes on with what it knows; of anything else a look that is under way comes to
   * no conclusion, and what was found is forgotten, as by a restart.
   */
  use(watched: readonly Watched[], unchanged: ReadonlySet<string>): void {
    const before = this.#rounds;
    const kept = (name: string): Round | undefined => (unchanged.has(name) ? before.get(name) : undefined);
    this.#rounds = new Map(watched.map((one) => [one.name, kept(one.name) ?? new Round(one, this.deps)]));
    for (const [name, round] of before) if (this.#rounds.get(name) !== round) this.#letGo(round);
  }

  #letGo(round: Round): void {
    round.stop();
    const { underWay } = round;
    if (!underWay) return;
    const leaving = underWay.finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  /** Begins each look that is due and is not under way; resolves when these are over, and never throws. */
  async tick(): Promise<void> {
    await Promise.all([...this.#rounds.values()].map(async (round) => round.beginIfDue(this.#stop.signal)));
  }

  /** What is out of step now, seen twice; undefined where all agrees or nothing has been seen yet. */
  driftOf(rotation: string): FoundDrift | undefined {
    return this.#rounds.get(rotation)?.drift;
  }

  /** By rotation, all that is out of step now. */
  drifts(): readonly (readonly [rotation: string, drift: FoundDrift])[] {
    return [...this.#rounds].flatMap(([name, { drift }]) => (drift ? [[name, drift] as const] : []));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#rounds.values()].map(async (round) => round.underWay));
    await Promise.all(this.#leaving);
  }
}

const NOBODY: Behind = { behind: [], held: [] };

/** Before the first run. */
const NO_RUN = 'none';

class Round {
  underWay: Promise<void> | undefined;
  drift: FoundDrift | undefined;
  #nextAt: Millis;
  #resource: Resource | undefined;
  #suspected: { readonly drift: FoundDrift; readonly looks: number } | undefined;
  #told: string | undefined;
  readonly #over = new AbortController();
  readonly #adoptions: Adoptions;

  constructor(
    private readonly watched: Watched,
    private readonly deps: WatchDeps,
  ) {
    // Spread over the interval, so that a thousand rotations do not look at one moment.
    this.#nextAt = deps.clock.now() + Math.floor(deps.random() * watched.everyMs);
    this.#adoptions = new Adoptions(watched.name, deps);
  }

  get name(): string {
    return this.watched.name;
  }

  stop(): void {
    this.#over.abort();
  }

  async beginIfDue(end: AbortSignal): Promise<void> {
    const now = this.deps.clock.now();
    if (this.underWay || now < this.#nextAt || end.aborted) return;
    this.#nextAt = now + this.watched.everyMs;
    this.underWay = this.#looked(end).finally(() => (this.underWay = undefined));
    await this.underWay;
  }

  async #looked(end: AbortSignal): Promise<void> {
    using stop = new Stop([end, this.#over.signal]);
    const { signal } = stop;
    await this.#look(signal).catch((error: unknown) => {
      // The next look resolves anew: what was found may be gone.
      this.#resource = undefined;
      if (!signal.aborted) this.deps.observer.failed(this.name, asRotorError(error));
    });
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { journal, clock } = this.deps;
    const sent = (await journal.lastSettled(this.name)) ?? (await this.#ambiguous());
    const latest = await this.#latest();
    const known = sent ?? latest;
    const { ports, policy, isDriven = false } = this.watched;
    // Before the first run there is nothing to be out of step with, unless others make it; during one, the run itself looks.
    if ((!known && !isDriven) || (latest && holdsLock(latest.state))) return this.#forget();
    const opened = ports();
    this.#resource ??= await opened.issuers.resolve(signal);
    const subject = { rotation: this.name, resource: this.#resource, policy };
    const world = await new Look(opened, clock, async () => leftBy(known)).between(subject, signal);
    if (world.issuer.moved !== undefined) this.#resource = undefined;
    const { current } = world.store;
    const isUntouched = !sent && !isDriven;
    // Nor is there while neither Rotor nor anybody else has put a token into the store.
    if (isUntouched && !current) return this.#forget();
    // What nothing was delivered to is not behind; what is being delivered to, or waits for its turn, is looked after.
    const isDelivering = latest?.state.state === 'settled';
    const behind =
      current && !isUntouched && !isDelivering
        ? heldApart(
            await targetsBehind(opened.targets, current.fingerprint, sent, signal),
            current.fingerprint,
            sent,
          )
        : NOBODY;
    const drift = driftOf({
      rotation: this.name,
      ...world,
      last: known ? lastOf(known) : {},
      isDriven,
      ...behind,
    });
    // A run that began meanwhile explains whatever was seen.
    if ((await this.#latest())?.id !== latest?.id) return this.#forget();
    const names = opened.targets.map(({ name }) => name);
    signal.throwIfAborted();
    await this.#conclude(drift && withoutHeld(drift, notHeld(names, sent)), known, signal);
  }

  async #conclude(drift: Drift | undefined, known: Run | undefined, signal: AbortSignal): Promise<void> {
    if (!drift) {
      await this.#tell(undefined, known);
      if (this.drift) this.deps.observer.inStep(this.name);
      this.#adoptions.forget();
      return this.#forget();
    }
    const before = this.#suspected?.drift.detail === drift.detail ? this.#suspected : undefined;
    const found = { ...drift, since: before?.drift.since ?? this.deps.clock.now() };
    this.#suspected = { drift: found, looks: (before?.looks ?? 0) + 1 };
    if (this.#suspected.looks < LOOKS) return;
    // What AWS has rotated is what was wanted.
    if (found.kind !== 'rotated_by_store') await this.#tell(found, known);
    signal.throwIfAborted();
    const isNews = this.drift?.detail !== found.detail;
    this.drift = found;
    const adopting = found.adoptable && this.#adoptions.mayBegin(found, await this.#isAdopting());
    signal.throwIfAborted();
    if (isNews || adopting) this.deps.observer.drifted(this.name, found, adopting);
    if (adopting) await this.#adoptions.begin(found);
  }

  /** Once in a row, as far as this process knows. */
  async #tell(drift: FoundDrift | undefined, known: Run | undefined): Promise<void> {
    const after = known?.id ?? NO_RUN;
    const what = drift ? `${after} ${drift.detail}` : after;
    if (what === this.#told) return;
    await this.deps.tell(this.name, drift, after);
    this.#told = what;
  }

  /** Always after an end that left open what the server would do, whatever `onDrift` says. */
  async #isAdopting(): Promise<boolean> {
    return this.watched.onDrift === 'adopt' || (await this.#ambiguous()) !== undefined;
  }

  /**
   * The newest run that sent anything, where its end left open what the server would do: that may yet arrive. Runs
   * that were refused since have sent nothing.
   */
  async #ambiguous(): Promise<Run | undefined> {
    const runs = await this.deps.journal.list({ rotation: this.name, limit: RUNS_BACK });
    const latest = runs.find((run) => !wasRefused(run));
    return latest && wasAmbiguous(latest) ? latest : undefined;
  }

  async #latest(): Promise<Run | undefined> {
    const [latest] = await this.deps.journal.list({ rotation: this.name, limit: 1 });
    return latest;
  }

  #forget(): void {
    this.drift = undefined;
    this.#suspected = undefined;
  }
}

/** To heal the store is no word on those whose turn was kept from coming. */
function withoutHeld(drift: Drift, only: readonly string[] | undefined): Drift {
  return only === undefined || drift.only !== undefined ? drift : { ...drift, only };
}

/** A target that cannot be looked at is not behind; one whose look fails is left to the next look. */
async function targetsBehind(
  targets: readonly NamedTarget[],
  current: Fingerprint,
  sent: Run | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const told = namesTold(sent, current);
  const seen = await Promise.all(
    targets.map(async ({ name, target }) => {
      const observation = await target.observe(current, signal).catch(() => undefined);
      return observation && isBehind(observation, told.has(name)) ? name : undefined;
    }),
  );
  return seen.filter((name) => name !== undefined);
}

function wasAmbiguous({ state }: Run): boolean {
  return state.state === 'ended' && state.outcome === 'failed';
}

function wasRefused({ state }: Run): boolean {
  return state.state === 'ended' && state.reason === 'refused';
}
