import { systemClock } from '../../src/rotation/clock.js';
import { asRotorError } from '../../src/rotation/errors.js';
import type { Run, RunMode } from '../../src/rotation/run.js';
import type { Authority } from '../../src/sandbox/certificates.js';
import { Life, type Blow, type Effect, type Moment } from './life.js';
import type { Path } from './paths.js';
import { ServiceProcess, type Defect } from './process.js';
import type { VirtualTime } from './virtual-time.js';
import { Witness, type Harm } from './witness.js';
import { World, type Ground } from './world.js';

export type Schedule = {
  readonly path: Path;
  readonly seed: number;
  /** Of the first process, of the one that comes after it, and so on; the last one lives. */
  readonly blows: readonly Blow[];
  readonly defect?: Defect;
  /** Default: memory. */
  readonly ground?: Ground;
};

export type Played = {
  /** Of each process, in their order. */
  readonly effects: readonly (readonly Effect[])[];
  /** How the first run ended. */
  readonly ended: string;
  readonly harm: Harm;
};

/** Blows that a process survives by standing still. */
const STANDING: ReadonlySet<Moment> = new Set(['frozen', 'paused', 'raced']);

const LOOK_EVERY_MS = 15_000;
/** A run may wait out a plan, a quiet period and deadlines, several times. */
const ENDS_WITHIN_MS = 3 * 3_600_000;
/** The watch asks for an adoption at most once an hour. */
const RESTS_WITHIN_MS = 3 * 3_600_000;
/** Two looks of the watch, and a reset that is under way. */
const AFTERMATH_MS = 4 * 60_000;

/** Plays one schedule in a world of its own, from the trigger until all is at rest, and says what it did and harmed. */
export async function play(schedule: Schedule, time: VirtualTime, authority: Authority): Promise<Played> {
  const one = new Play(schedule, time, authority);
  try {
    return await time.run(one.play());
  } finally {
    await time.run(one.close());
    time.clear();
  }
}

class Play {
  readonly #processes: ServiceProcess[] = [];
  /** What processes said that nothing befell. */
  readonly #before: string[][] = [];
  #world: World | undefined;

  constructor(
    private readonly schedule: Schedule,
    private readonly time: VirtualTime,
    private readonly authority: Authority,
  ) {}

  async play(): Promise<Played> {
    const { path, seed, ground = 'memory' } = this.schedule;
    const world = await World.start({ path, seed, ground, time: this.time, authority: this.authority });
    this.#world = world;
    const witness = new Witness(world);
    for (const { moment } of this.schedule.blows) if (STANDING.has(moment)) witness.stoodStill();
    if (path.isKnown === true) await this.#calm(witness);
    path.afterwards?.(world);
    await pause(path.startsAfterMs ?? 0);
    await this.#next();
    const run = await this.#opened(path.mode ?? 'rotate');
    world.isUnderWay = true;
    const first = await this.#untilEnded(run, witness);
    world.isUnderWay = false;
    if (this.#processes.some(({ life }) => life.isFrozen)) await this.#meanwhile(witness);
    await this.#untilAtRest(witness);
    await witness.atRest();
    await witness.searchFor([...this.#before, ...this.#processes.map(({ said }) => said)].flat());
    const effects = this.#processes.map(({ life }) => life.effects);
    return { effects, ended: outcomeOf(first), harm: witness.harm };
  }

  /** A first run that nothing befalls. */
  async #calm(witness: Witness): Promise<void> {
    const { life, said } = new ServiceProcess(this.#open, new Life());
    this.#before.push(said);
    await this.#untilEnded(await this.#open.open('adopt'), witness);
    life.die();
  }

  async close(): Promise<void> {
    for (const { life } of this.#processes) life.die();
    await this.#world?.close();
  }

  async #next(): Promise<void> {
    const { blows, defect } = this.schedule;
    const last = this.#processes.at(-1)?.life;
    if (last && this.#processes.every(({ life }) => life.isDead)) await this.#open.disk.pickUp();
    const life = new Life(blows[this.#processes.length], last);
    this.#processes.push(new ServiceProcess(this.#open, life, defect));
  }

  /** As soon as the disk lets somebody do so. */
  async #opened(mode: RunMode): Promise<Run> {
    for (;;) {
      try {
        return await this.#open.open(mode);
      } catch (error) {
        if (asRotorError(error).code !== 'journal_unavailable') throw error;
        await pause(LOOK_EVERY_MS);
      }
    }
  }

  get #open(): World {
    if (!this.#world) throw new Error('the world has not begun');
    return this.#world;
  }

  async #untilEnded({ id }: Run, witness: Witness): Promise<Run> {
    const until = systemClock.monotonic() + ENDS_WITHIN_MS;
    for (;;) {
      const run = await this.#open.journal.find(id);
      if (!run) throw new Error(`no run ${id}`);
      if (run.state.state === 'ended') return run;
      if (systemClock.monotonic() > until) {
        witness.stuck(`${run.mode} is ${run.state.state} after ${ENDS_WITHIN_MS / 3_600_000} h`);
        return run;
      }
      await this.#pass(witness);
    }
  }

  /** What happens while a frozen process stands still: the next rotation. Then it goes on. */
  async #meanwhile(witness: Witness): Promise<void> {
    const [latest] = await this.#open.journal.list({ limit: 1 });
    const last = latest && (await this.#untilEnded(latest, witness));
    if (last?.state.state === 'ended') await this.#untilEnded(await this.#opened('rotate'), witness);
    for (const { life } of this.#processes) life.thaw();
    await pause(AFTERMATH_MS);
  }

  async #untilAtRest(witness: Witness): Promise<void> {
    const until = systemClock.monotonic() + RESTS_WITHIN_MS;
    for (;;) {
      const [latest] = await this.#open.journal.list({ limit: 1 });
      const isOver = latest?.state.state === 'ended';
      if (isOver && (this.#open.isDeleted || (await witness.isInStep()))) return;
      if (systemClock.monotonic() > until)
        return isOver ? undefined : witness.stuck('a later run does not end');
      await this.#pass(witness);
    }
  }

  /** A while; a process that was struck meanwhile has a successor. */
  async #pass(witness: Witness): Promise<void> {
    const last = this.#processes.at(-1);
    if (last && (last.life.isDead || last.life.isFrozen)) {
      witness.atAnyTime();
      await this.#next();
    }
    await Promise.race([pause(LOOK_EVERY_MS), ...(last ? [last.life.struck] : [])]);
  }
}

async function pause(ms: number): Promise<void> {
  await systemClock.sleep(ms, new AbortController().signal);
}

function outcomeOf({ state }: Run): string {
  if (state.state !== 'ended') return state.state;
  return [state.outcome, state.reason].filter((word) => word !== undefined).join(' ');
}
