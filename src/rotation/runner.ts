import type { Claim, Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';
import { decide } from './decide.js';
import { pauseAfter } from './decisions/verdicts.js';
import { Deliveries } from './deliveries.js';
import type { RotorError } from './errors.js';
import { asRotorError, sentenceOf } from './errors.js';
import { Look } from './look.js';
import { askTargets, checkTargets } from './target-checks.js';
import type { Finding } from '../targets/target.js';
import type { Ports } from './ports.js';
import type { RefusedTarget, Run, StateName } from './run.js';
import { leftBy, stallOf } from './run.js';
import type { StepContext } from './steps.js';
import { carryOut } from './steps.js';
import { Stop } from './stop.js';
import { untilRun } from './until-run.js';
import type { World } from './world.js';

/** What happens on the way, for the log: constant words and fields, never a token. */
export type Observer = {
  troubled(run: Run, error: RotorError, times: number): void;
  credentialExpires(run: Run, when: Date): void;
};

export type RunnerDeps = {
  readonly journal: Journal;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: Observer;
  /**
   * Looks of all runs take turns while nothing has been sent. From then on nobody waits: every second may be one in
   * which services are refused.
   */
  readonly inTurn: <T>(look: () => Promise<T>) => Promise<T>;
};

const UNSENT: readonly StateName[] = ['preparing', 'anchoring', 'prepared'];

/**
 * Takes one claimed run to its end, tick by tick: read the world, decide, record the intent, one effect. A run that is
 * found half-way after a restart takes the very same road.
 */
export class Runner {
  readonly #look: Look;
  #trouble: World['trouble'];
  #hasHeard = false;
  /** When the last look began, by the monotonic clock; to wait for its turn is no look. */
  #lookedAt = 0;

  constructor(private readonly deps: RunnerDeps) {
    this.#look = new Look(deps.ports, deps.clock, async (rotation) =>
      leftBy(await deps.journal.lastSettled(rotation)),
    );
  }

  /** Returns when the run has ended; throws `lease_lost` when another worker has it, or when the signal aborts. */
  async drive(claim: Claim, mayAct: () => void, signal: AbortSignal): Promise<void> {
    const { journal, ports, clock } = this.deps;
    const context = { claim, journal, ports, look: this.#look, clock, mayAct };
    for (;;) {
      signal.throwIfAborted();
      const run = await journal.find(claim.runId);
      if (!run || run.state.state === 'ended') return;
      this.#hear(run);
      await this.#tick(run, { ...context, run, answers: run.asked !== undefined }, signal);
    }
  }

  /** Whoever asks has looked at what was wrong: patience begins anew, once. */
  #hear({ asked }: Run): void {
    if (asked && !this.#hasHeard) this.#trouble = undefined;
    this.#hasHeard = asked !== undefined;
  }

  async #tick(run: Run, context: StepContext, signal: AbortSignal): Promise<void> {
    const { clock } = this.deps;
    try {
      if (!run.resource) return await this.deps.inTurn(async () => this.#identify(run, context, signal));
      const world = await this.#seen(run, context, signal);
      await this.#note(run, context);
      const action = decide(run, world, clock.now());
      if (action.do === 'deliver') return await this.#deliver(run, context, signal);
      await carryOut(action, run, context, signal);
      if (world.issuer ?? world.store ?? run.state.state === 'settled') this.#trouble = undefined;
      // From look to look, not from the end of one to the start of the next: the interval is the resolution.
      if (action.do === 'wait' || action.do === 'stall') {
        if (action.do === 'wait' && action.ms > 0) await this.#sayWaiting(run, action.why, context);
        await this.#rest(Math.max(0, action.ms - (clock.monotonic() - this.#lookedAt)), run, signal);
      }
    } catch (error) {
      if (signal.aborted) throw error;
      await this.#pause(run, asRotorError(error), context, signal);
    }
  }

  /** A failed look is part of what was seen: decided upon like everything else, after a pause. */
  async #seen(run: Run, context: StepContext, signal: AbortSignal): Promise<World> {
    try {
      const world = await this.#looked(run, signal);
      return this.#trouble ? { ...world, trouble: this.#trouble } : world;
    } catch (error) {
      if (signal.aborted) throw error;
      await this.#pause(run, asRotorError(error), context, signal);
      return { probes: new Map(), ...(this.#trouble && { trouble: this.#trouble }) };
    }
  }

  async #looked(run: Run, signal: AbortSignal): Promise<World> {
    const look = async (): Promise<World> => {
      this.#lookedAt = this.deps.clock.monotonic();
      return this.#look.at(run, signal);
    };
    return UNSENT.includes(run.state.state) ? this.deps.inTurn(look) : look();
  }

  /** Once per reason, not at every look. */
  async #sayWaiting(run: Run, waitingFor: string, { claim, journal }: StepContext): Promise<void> {
    if (run.waitingFor !== waitingFor) await journal.append(claim, { waitingFor });
  }

  async #pause(run: Run, error: RotorError, context: StepContext, signal: AbortSignal): Promise<void> {
    if (error.code === 'lease_lost' || error.code === 'journal_unavailable') throw error;
    const trouble = { error, times: (this.#trouble?.times ?? 0) + 1 };
    this.#trouble = trouble;
    this.deps.observer.troubled(run, error, trouble.times);
    const isNews = !error.retryable && error.code !== 'upstream_not_found' && !stallOf(run.state);
    if (isNews) return;
    if (!stallOf(run.state)) await this.#sayWaiting(run, error.message, context);
    await this.#rest(pauseAfter(trouble, run.state, this.deps.random), run, signal);
  }

  /** Until the time is over, or a person asks something of the run. */
  async #rest(ms: number, { id, asked: known }: Run, signal: AbortSignal): Promise<void> {
    const { clock, journal } = this.deps;
    // What is asked already is why it rests: its answer needs a look that works.
    if (known) return clock.sleep(ms, signal);
    using over = new Stop([signal]);
    const asked = untilRun(journal, id, (run) => run?.asked !== undefined, over.signal).then(
      () => over.abort(),
      () => undefined,
    );
    try {
      await clock.sleep(ms, over.signal);
    } catch {
      signal.throwIfAborted();
    } finally {
      over.abort();
      await asked;
    }
  }

  /** Resolves and locks the identity, and asks every port whether it could do its part, before anything changes. */
  async #identify(run: Run, context: StepContext, signal: AbortSignal): Promise<void> {
    const { claim, journal, ports } = context;
    if (run.asked)
      return carryOut(decide(run, { probes: new Map() }, this.deps.clock.now()), run, context, signal);
    const hopeless =
      this.#trouble && decide(run, { probes: new Map(), trouble: this.#trouble }, this.deps.clock.now());
    if (hopeless?.do === 'move') {
      await journal.append(claim, { state: hopeless.to });
      return;
    }
    const resource = await ports.issuers.resolve(signal);
    const said = await ports.store.preflight(signal);
    const { findings, refused } = await this.#checkTargets(run, signal);
    context.mayAct();
    const left = (await ports.store.arrange?.(signal)) ?? [];
    const { kind: issuerKind } = ports.issuers.of(resource);
    const notes = [
      ...(resource.chosen === undefined ? [] : [resource.chosen]),
      ...said,
      ...findings,
      ...left,
    ];
    const note = notes.length === 0 ? {} : { note: notes.join(' ') };
    await journal.append(claim, { resource, issuerKind, ...(refused.length > 0 && { refused }), ...note });
    this.#trouble = undefined;
  }

  /** Nothing new is set where a target could not get it; what is in force already goes to whoever can be reached. */
  async #checkTargets(
    { mode, only, acked = [] }: Run,
    signal: AbortSignal,
  ): Promise<{ findings: readonly Finding[]; refused: readonly RefusedTarget[] }> {
    const { targets } = this.deps.ports;
    if (mode !== 'adopt') return { findings: await checkTargets(targets, signal), refused: [] };
    const isLeft = (name: string): boolean => acked.some(({ target }) => target === name);
    const asked = only ? targets.filter(({ name }) => only.includes(name) && !isLeft(name)) : targets;
    const { findings, refused } = await askTargets(asked, signal);
    // What may pass is tried when its turn comes.
    const final = refused.filter(({ error }) => !error.retryable);
    return { findings, refused: final.map(({ target, error }) => ({ target, detail: sentenceOf(error) })) };
  }

  async #note(run: Run, { claim, journal }: StepContext): Promise<void> {
    const credentialExpires = this.#look.credentialExpires?.getTime();
    if (credentialExpires !== undefined && credentialExpires !== run.credentialExpires) {
      await journal.append(claim, { credentialExpires });
      this.deps.observer.credentialExpires(run, new Date(credentialExpires));
    }
    const measure = this.#look.takeMeasure();
    if (measure) await journal.append(claim, { measure });
  }

  async #deliver(run: Run, context: StepContext, signal: AbortSignal): Promise<void> {
    const { ports, clock, random, journal } = this.deps;
    await new Deliveries({
      run,
      claim: context.claim,
      journal,
      ports,
      look: this.#look,
      clock,
      random,
    }).drive(signal);
  }
}
