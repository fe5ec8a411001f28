import type { Heads, Pin } from '../stores/store.js';
import type { Clock } from './clock.js';
import { asRotorError } from './errors.js';
import { IssuerLook, type Subject } from './issuer-look.js';
import { MANY_LABELS, PENDING_POLL_MS, WATCH_PROBES } from './policy.js';
import type { Ports } from './ports.js';
import { NO_PROBES, Probing, type Asking, type Probes } from './probing.js';
import { Purse } from './purse.js';
import type { Aim, Measure, Run } from './run.js';
import { stallOf } from './run.js';
import type { Fingerprint, Secret } from './secret.js';
import { bogusToken } from './tokens.js';
import type { World } from './world.js';
import { acceptedByAll, refusedByAll } from './world.js';

/** Reads of the world what a run's state needs, and remembers for how long it has looked the same. */
export class Look {
  readonly purse = new Purse();
  readonly #issuer: IssuerLook;
  readonly #probing: Probing;

  /** `lastLeft`: what the last settled run of a rotation has left; asked for where neither issuer nor store is right. */
  constructor(
    private readonly ports: Ports,
    private readonly clock: Clock,
    private readonly lastLeft?: (rotation: string) => Promise<Pin | undefined>,
  ) {
    this.#issuer = new IssuerLook(ports, clock, this.purse);
    this.#probing = new Probing(ports.prober, clock);
  }

  /** When the issuer's credential expires, where the last look was told. */
  get credentialExpires(): Date | undefined {
    return this.#issuer.credentialExpires;
  }

  /** Every address of the APM Server; empty before the issuer has told. */
  get apmUrls(): readonly string[] {
    return this.#issuer.apmUrls;
  }

  /** What the last look adds to the measures of the run, once. */
  takeMeasure(): Measure | undefined {
    return this.#probing.takeMeasure();
  }

  async at(run: Run, signal: AbortSignal): Promise<World> {
    const { state } = run;
    if (run.asked?.what === 'adopt' && stallOf(state)) return this.#everyStored(run, signal);
    switch (state.state) {
      case 'preparing':
        return this.#preparing(run, signal);
      case 'anchoring':
        return { ...NO_PROBES, issuer: await this.#issuer.at(run, signal), store: await this.#heads(signal) };
      case 'prepared':
      case 'setting':
        return { ...NO_PROBES, issuer: await this.#issuer.at(run, signal) };
      case 'resetting':
        return this.#resetting(run, state.previous, signal);
      case 'accepting':
        return this.#accepting(run, state.aim, signal);
      case 'promoting':
        return this.#promoting(run, state.aim, signal);
      case 'settling':
        return this.#settling(run, state.aim, signal);
      case 'settled':
      case 'ended':
        return NO_PROBES;
    }
  }

  /**
   * Between two runs: what the store's current token, the issuer's and those that were left staged are worth. A few
   * connections where all is well, K each where anything is not.
   */
  async between(
    subject: Subject & { readonly rotation: string },
    signal: AbortSignal,
  ): Promise<World & Required<Pick<World, 'issuer' | 'store'>>> {
    const issuer = await this.#issuer.at(subject, signal);
    const store = await this.#heads(signal);
    if (issuer.busy !== undefined) return { ...NO_PROBES, issuer, store };
    const { current } = store;
    if (current && (issuer.current === 'unreadable' || issuer.current === current.fingerprint)) {
      const tokens = await this.#tokens([current], signal);
      const few = { ...this.#asking(subject), connections: WATCH_PROBES };
      const seen = await this.#probing.ask(few, tokens, signal, { bogus: bogusToken() });
      const isWell = refusedByAll(seen.bogus) && acceptedByAll(seen.probes.get(current.fingerprint));
      if (isWell) return { issuer, store, ...seen };
    }
    const stored = await this.#tokens([...store.staged, ...(current ? [current] : [])], signal);
    const shown = issuer.current === 'unreadable' ? [] : [this.purse.get(issuer.current)];
    const left = await this.#left(subject.rotation, signal);
    const all = [...stored, ...shown, ...left.tokens];
    const tokens = new Map(all.map((token) => [token.fingerprint, token]));
    const seen = await this.#probe(subject, [...tokens.values()], signal, bogusToken());
    return { issuer, store, ...left.pin, ...seen };
  }

  /** What is in the store is worth what the APM Server says of it. */
  async #everyStored(run: Run, signal: AbortSignal): Promise<World> {
    const issuer = await this.#issuer.at(run, signal);
    const store = await this.#heads(signal);
    const pins = [...store.staged, ...(store.current ? [store.current] : [])];
    return {
      issuer,
      store,
      ...(await this.#probe(run, await this.#tokens(pins, signal), signal, bogusToken())),
    };
  }

  async #preparing(run: Run, signal: AbortSignal): Promise<World> {
    const issuer = await this.#issuer.at(run, signal);
    const store = await this.#heads(signal);
    if (issuer.busy !== undefined || issuer.moved !== undefined) return { ...NO_PROBES, issuer, store };
    const { current } = issuer;
    // What cannot be read may still be known: then the store's current token is the one that is accepted.
    const imported = current === 'unreadable' && store.current ? [store.current] : [];
    const tokens =
      current === 'unreadable' ? await this.#tokens(imported, signal) : [this.purse.get(current)];
    const before = this.clock.now();
    const seen = await this.#probe(run, tokens, signal, bogusToken());
    // Where the change is quicker than the first look after it, this is when the old token was last seen to work.
    if (tokens.some(({ fingerprint }) => acceptedByAll(seen.probes.get(fingerprint))))
      this.#probing.oldAccepted(before);
    const isRefused = current !== 'unreadable' && refusedByAll(seen.probes.get(current));
    if (!isRefused && store.staged.length <= MANY_LABELS) return { issuer, store, ...seen };
    // A rotation that is to bring a new token does not end with the last one.
    const left =
      isRefused && run.mode === 'adopt' ? await this.#left(run.rotation, signal) : { tokens: [], pin: {} };
    const candidates = [...(await this.#tokens(store.staged, signal)), ...left.tokens];
    const more = await this.#probe(run, candidates, signal);
    return { issuer, store, ...left.pin, ...seen, probes: new Map([...more.probes, ...seen.probes]) };
  }

  /** The plan tells, but for a resource whose token is set elsewhere by now: there the APM Server has to. */
  async #resetting(run: Run, previous: Pin, signal: AbortSignal): Promise<World> {
    const issuer = await this.#issuer.at(run, signal);
    if (issuer.moved === undefined) return { ...NO_PROBES, issuer };
    const token = await this.purse.read(previous, this.ports.store, signal);
    return { issuer, ...(await this.#probe(run, [token], signal, bogusToken())) };
  }

  /**
   * While the plan with the wanted token is under way and every connection accepts the old one, nothing is to be
   * decided: the issuer, whom all deployments of an account share, is asked less often than the APM Server.
   */
  async #accepting(run: Run, aim: Aim, signal: AbortSignal): Promise<World> {
    const previous = aim.previous && (await this.purse.read(aim.previous, this.ports.store, signal));
    const shown = this.#issuer.pendingWithin(PENDING_POLL_MS, aim.wanted.fingerprint);
    const early = shown && (await this.#askOld(run, previous, signal));
    const ofOld = previous && early?.probes.get(previous.fingerprint);
    if (shown && early && acceptedByAll(ofOld)) return { issuer: shown, ...early };
    const issuer = await this.#issuer.at(run, signal);
    if (issuer.pending !== undefined) {
      return { issuer, ...(early ?? (await this.#askOld(run, previous, signal))) };
    }
    const wanted = await this.purse.read(aim.wanted, this.ports.store, signal);
    const tokens = previous ? [wanted, previous] : [wanted];
    const known = { bogus: bogusToken(), ...(previous && { old: previous }) };
    const seen = await this.#probing.askWhileChanging(run, this.#asking(run), tokens, signal, known);
    return { issuer, ...(await this.#probing.confirm(this.#issuer.apmUrl, wanted, seen, signal)) };
  }

  async #askOld(run: Run, old: Secret | undefined, signal: AbortSignal): Promise<Probes> {
    if (!old) return NO_PROBES;
    return this.#probing.askWhileChanging(run, this.#asking(run), [old], signal, { old });
  }

  async #promoting(run: Run, aim: Aim, signal: AbortSignal): Promise<World> {
    const store = await this.#heads(signal);
    const { current } = store;
    // At hand, in case it has to be staged anew.
    await this.purse.read(aim.wanted, this.ports.store, signal);
    if (!current || current.version === aim.wanted.version || current.version === aim.expected) {
      return { ...NO_PROBES, store };
    }
    if (this.#issuer.apmUrl === '') await this.#issuer.at(run, signal);
    const tokens = await this.#tokens([aim.wanted, current], signal);
    const seen = await this.#probe(run, tokens, signal);
    // An APM Server that does not answer may be gone with its deployment: the issuer tells.
    if ([...seen.probes.values()].some(({ unclear }) => unclear > 0)) await this.#issuer.at(run, signal);
    return { store, ...seen };
  }

  async #settling(run: Run, aim: Aim, signal: AbortSignal): Promise<World> {
    const issuer = await this.#issuer.at(run, signal);
    let store = await this.#heads(signal);
    let labelsAgree = true;
    for (let reads = 1; reads < run.policy.settleReads && labelsAgree; reads += 1) {
      const next = await this.#heads(signal);
      labelsAgree = next.current?.version === store.current?.version;
      store = next;
    }
    const others = store.staged.filter((pin) => pin.fingerprint !== aim.wanted.fingerprint);
    const seen = await this.#probe(run, await this.#tokens(others, signal), signal);
    return { issuer, store, labelsAgree, ...seen };
  }

  async #heads(signal: AbortSignal): Promise<Heads> {
    return this.ports.store.heads(signal);
  }

  async #tokens(pins: readonly Pin[], signal: AbortSignal): Promise<Secret[]> {
    const tokens = new Map<Fingerprint, Secret>();
    for (const pin of pins) {
      tokens.set(pin.fingerprint, await this.purse.read(pin, this.ports.store, signal));
    }
    return [...tokens.values()];
  }

  async #left(
    rotation: string,
    signal: AbortSignal,
  ): Promise<{ tokens: Secret[]; pin: Pick<World, 'left'> }> {
    const left = await this.lastLeft?.(rotation);
    if (!left) return { tokens: [], pin: {} };
    try {
      return { tokens: await this.#tokens([left], signal), pin: { left } };
    } catch (error) {
      // Stores forget versions in time.
      if (signal.aborted || asRotorError(error).retryable) throw error;
      return { tokens: [], pin: {} };
    }
  }

  async #probe(
    subject: Subject,
    tokens: readonly Secret[],
    signal: AbortSignal,
    bogus?: Secret,
  ): Promise<Probes> {
    return this.#probing.ask(this.#asking(subject), tokens, signal, bogus && { bogus });
  }

  #asking({ policy }: Subject): Asking {
    return { apmUrl: this.#issuer.apmUrl, connections: policy.probes };
  }
}
