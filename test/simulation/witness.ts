import { fingerprintOf, type Fingerprint } from '../../src/rotation/secret.js';
import { Resets } from './resets.js';
import { servedRun } from './wires.js';
import { SECRET_ID, type World } from './world.js';

/** What must never happen, and where it did: a sentence each. Empty lists are good. */
export type Harm = {
  /** A token that the APM Server accepts and that is in no place from which Rotor could take it. */
  readonly lost: string[];
  readonly doubleResets: string[];
  /** What became current before it was accepted, and what is current in the end and is not accepted. */
  readonly wrongCurrent: string[];
  readonly leaks: string[];
  /** Said to be done, and was not at that moment. */
  readonly untrue: string[];
  /** A run that does not come to its end. */
  readonly stuck: string[];
};

const RESET = 'deployment-apm-reset-secret-token';
/** Where a token that the server has chosen is told, and where it is kept. */
const ON_ITS_WAY_TO_THE_STORE: ReadonlySet<string> = new Set([RESET, 'get-deployment', 'PutSecretValue']);

/** Watches the world itself, not what Rotor says of it. */
export class Witness {
  readonly harm: Harm = {
    lost: [],
    doubleResets: [],
    wrongCurrent: [],
    leaks: [],
    untrue: [],
    stuck: [],
  };
  readonly #accepted = new Set<string>();
  readonly #resets: Resets;
  readonly #tokens = new Set<string>();
  /** Tokens whose loss is nobody's but that of the person who overwrote them; the instances will leave them. */
  readonly #overwritten = new Set<string>();
  /** The newest token, where it is in the plan or the policy alone and a colleague may still overwrite it. */
  #onlyThere: { readonly fingerprint: string; isTheirs: boolean } | undefined;
  /** The answer of the reset that is under way will come late, or not at all. */
  #isAnswerHeld = false;
  /** Runs whose reset the cloud carries out long after it was sent. */
  readonly #held = new Set<string | undefined>();

  /** Looks at what runs, where a process has said that it does. */
  readonly #comparing: Promise<void>[] = [];
  /** Processes that stood still: what they send when they go on comes on top. */
  #stoodStill = 0;

  constructor(private readonly world: World) {
    this.#resets = new Resets(world);
    this.#keepTokens();
    world.whenSent((run, name) => {
      if (name.includes('_reset-token')) this.#sent(run);
    });
    world.when('cloud.request', ({ operationId, status }) => {
      if (operationId === RESET) this.#answered(status);
    });
    world.when('apm.request', ({ outcome, fingerprint }) => {
      if (outcome === 'accepted' && fingerprint !== undefined) this.#accepted.add(fingerprint);
    });
    world.when('instance.switched', () => this.atAnyTime());
    world.when('secrets-manager.request', ({ operation, status, stages }) => {
      if (operation === 'UpdateSecretVersionStage' && status === 200 && stages?.includes('AWSCURRENT'))
        this.#promoted();
      this.#keepTokens();
    });
    world.when('token.reset', () => this.#keepTokens());
    world.whenWritten(({ deliveries = [] }) => {
      for (const one of deliveries)
        if (one.state === 'converged') this.#comparing.push(this.#compare(one.fingerprint));
    });
    world.when('fault', ({ operation, effect }) => {
      if (operation === RESET && effect === 'act-late') this.#held.add(servedRun.getStore());
      if (this.#onlyThere && ON_ITS_WAY_TO_THE_STORE.has(operation)) this.#onlyThere.isTheirs = true;
      if (operation === RESET) this.#isAnswerHeld = true;
    });
    for (const kind of ['token.reset', 'policy.saved'] as const)
      world.when(kind, ({ by, fingerprint }) => this.#changed(by, fingerprint));
  }

  /** Whatever dies at this moment: each accepted token can still be had. */
  atAnyTime(): void {
    const { deployment } = this.world;
    const known = this.#stored().union(this.#overwritten);
    // Of a server-chosen token the plan is the copy; of a colleague's in Fleet, the policy.
    for (const token of [deployment.currentToken(), deployment.pendingToken()])
      if (token !== undefined) known.add(fingerprintOf(token));
    for (const { instance, fingerprint } of deployment.acceptedFingerprints())
      if (!known.has(fingerprint))
        this.#say('lost', `${instance} accepts ${fingerprint}, which is nowhere else`);
  }

  /** When nothing is left to be done. */
  async atRest(): Promise<void> {
    await Promise.all(this.#comparing);
    for (const excess of await this.#resets.excess()) this.#say('doubleResets', excess);
    if (this.world.isDeleted) return;
    const stored = this.#stored();
    const current = this.#current();
    const behind = await this.#behind(current);
    await this.#restarts();
    if (behind.length > 0) this.stuck(`${behind.join(', ')} without ${String(current)} at rest`);
    for (const { instance, fingerprint } of this.world.deployment.acceptedFingerprints()) {
      if (!stored.has(fingerprint))
        this.#say('lost', `${instance} accepts ${fingerprint}, not in the store at rest`);
      if (fingerprint !== current)
        this.#say('wrongCurrent', `${instance} accepts ${fingerprint}, current is ${String(current)}`);
    }
  }

  /** Issuer, APM Server, store and a fleet of targets agree, and nothing is on its way. */
  async isInStep(): Promise<boolean> {
    const { deployment } = this.world;
    const current = this.#current();
    if (deployment.pendingToken() !== undefined || fingerprintOf(deployment.currentToken()) !== current)
      return false;
    return (
      deployment.acceptedFingerprints().every(({ fingerprint }) => fingerprint === current) &&
      (await this.#behind(current)).length === 0
    );
  }

  /** Of a fleet, and of a real target: the one in memory may have been left alone by a run that failed. */
  async #behind(current: string | undefined): Promise<string[]> {
    const { targets, downstream, options } = this.world;
    if (downstream) {
      const running = await downstream.runningWith();
      return running.flatMap((one, index) => (one === current ? [] : [`instance ${index + 1}`]));
    }
    if (!options.path.hasWaves) return [];
    const isBehind = ({ instances }: (typeof targets)[number]): boolean =>
      instances.some((running) => running !== current);
    return targets.filter(isBehind).map(({ name }) => name);
  }

  /** Each run restarts what it delivers to once; one that a frozen process sends late comes on top. */
  async #restarts(): Promise<void> {
    const { downstream, journal } = this.world;
    if (!downstream) return;
    const runs = await journal.list({ limit: 100 });
    const delivered = runs.filter(({ deliveries }) => deliveries.length > 0).length;
    const allowed = delivered + this.#stoodStill;
    if (downstream.restarts() > allowed)
      this.#say('stuck', `${downstream.restarts()} restarts of the target, where ${allowed} may be`);
  }

  /** What is said of a token that is current no more is history: what runs may have gone on since it was looked at. */
  async #compare(said: Fingerprint): Promise<void> {
    if (said !== this.#current()) return;
    const running = (await this.world.downstream?.runningWith()) ?? [];
    for (const [index, one] of running.entries())
      if (one !== said)
        this.#say('untrue', `converged on ${said}, and instance ${index + 1} runs with ${String(one)}`);
  }

  stoodStill(): void {
    this.#stoodStill += 1;
  }

  stuck(what: string): void {
    this.#say('stuck', what);
  }

  /** In all that Rotor has written or said. */
  async searchFor(texts: readonly string[]): Promise<void> {
    const runs = await this.world.journal.list({ limit: 100 });
    const entries = await Promise.all(runs.map(async ({ id }) => this.world.journal.entries(id)));
    const all = [...texts, JSON.stringify(runs), JSON.stringify(entries)].join('\n');
    for (const token of this.#tokens)
      if (all.includes(token)) this.#say('leaks', `of ${fingerprintOf(token)}`);
  }

  /**
   * One of a colleague's is not Rotor's to keep, nor one of its own that a fault kept from it until then. Who overwrites
   * it is a colleague, or a reset that was held for so long that its run has ended: nothing fences it, and until the
   * instances have left the token the watch may not have seen it twice.
   */
  #changed(by: string, fingerprint: string): void {
    const isColleagues = by === 'colleague';
    const isHeld = !isColleagues && this.#held.has(servedRun.getStore());
    if ((isColleagues || isHeld) && this.#onlyThere?.isTheirs === true)
      this.#overwritten.add(this.#onlyThere.fingerprint);
    this.#onlyThere = { fingerprint, isTheirs: isColleagues || this.#isAnswerHeld };
  }

  #sent(run: string): void {
    const { count, allowed } = this.#resets.sent(run);
    if (count > allowed) this.#say('doubleResets', `${count} resets for one run, where ${allowed} may be`);
    // Whoever asks for another one gives up what the unanswered one has set.
    else if (count > 1 && this.#onlyThere) this.#overwritten.add(this.#onlyThere.fingerprint);
  }

  #answered(status: number): void {
    this.#isAnswerHeld = false;
    const run = servedRun.getStore();
    if (run !== undefined) this.#resets.answered(run, status);
  }

  #promoted(): void {
    const secret = this.world.secrets.secret(SECRET_ID);
    const { AWSCURRENT: current, AWSPREVIOUS: replaced } = secret.labels();
    const fingerprintIn = (id?: string): string =>
      fingerprintOf(this.#tokenIn(secret.versions().find((version) => version.id === id)?.text ?? ''));
    const [before, after] = [fingerprintIn(replaced), fingerprintIn(current)];
    if (!this.#accepted.has(after))
      this.#say('wrongCurrent', `${after} became current and was never accepted`);
    // A colleague may be quicker than a promotion that is under way; but then the other one was not right either.
    const now = new Set<string>(
      this.world.deployment.acceptedFingerprints().map(({ fingerprint }) => fingerprint),
    );
    if (now.has(before) && !now.has(after))
      this.#say('wrongCurrent', `${after}, which is refused, took the place of ${before}, which is accepted`);
  }

  #current(): string | undefined {
    const text = this.world.secrets.secret(SECRET_ID).current();
    return text === undefined ? undefined : fingerprintOf(this.#tokenIn(text));
  }

  #stored(): Set<string> {
    const versions = this.world.secrets.secret(SECRET_ID).versions();
    return new Set(versions.map(({ text = '' }) => fingerprintOf(this.#tokenIn(text))));
  }

  #tokenIn(text: string): string {
    const { jsonKey } = this.world.options.path;
    return jsonKey === undefined || text === ''
      ? text
      : String((JSON.parse(text) as Record<string, unknown>)[jsonKey]);
  }

  #keepTokens(): void {
    const { deployment, secrets } = this.world;
    const versions = secrets.secret(SECRET_ID).versions();
    const tokens = [
      deployment.currentToken(),
      deployment.pendingToken(),
      ...versions.map(({ text }) => text && this.#tokenIn(text)),
    ];
    for (const token of tokens) if (token) this.#tokens.add(token);
  }

  #say(kind: keyof Harm, what: string): void {
    if (!this.harm[kind].includes(what)) this.harm[kind].push(what);
  }
}

export function isHarmless(harm: Harm): boolean {
  return Object.values(harm).every((list) => list.length === 0);
}
