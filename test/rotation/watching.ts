import { tellDrift } from '../../src/events/tell-drift.js';
import type { Run } from '../../src/rotation/run.js';
import { Watch, type FoundDrift, type Watched } from '../../src/rotation/watch.js';
import type { AnyIssuer, Harness } from './harness.js';
import { settable } from './harness.js';

export const MINUTE = 60_000;

/** The watch over a world, one look a minute. */
export class Watching {
  readonly alerts: { drift: FoundDrift; adopting: boolean }[] = [];
  readonly failures: string[] = [];
  readonly adopted: Run[] = [];
  backInStep = 0;
  readonly watch: Watch;

  constructor(
    readonly world: Harness<AnyIssuer>,
    options: Partial<Watched> = {},
  ) {
    const watched: Watched = {
      name: 'checkout',
      everyMs: MINUTE,
      onDrift: 'adopt',
      policy: world.policy,
      ports: () => world.ports,
      ...options,
    };
    this.watch = new Watch([watched], {
      journal: world.journal,
      clock: world.clock,
      random: () => 0.5,
      adopt: async (_rotation, _reason, only) => this.adopted.push(await world.open('adopt', only)),
      tell: tellDrift(world.journal.notifications),
      observer: {
        drifted: (_rotation, drift, adopting) => this.alerts.push({ drift, adopting }),
        inStep: () => (this.backInStep += 1),
        failed: (_rotation, error) => this.failures.push(error.message),
      },
    });
  }

  async look(times = 1): Promise<void> {
    await this.lookAfter(MINUTE, times);
  }

  /** `ms` from one look to the next, where the watch is that quick. */
  async lookAfter(ms: number, times: number): Promise<void> {
    for (let look = 0; look < times; look += 1) {
      this.world.clock.advance(ms);
      await this.watch.tick();
    }
  }

  /** Drives the adoption that the watch has begun. */
  async adoption(): Promise<Run> {
    const run = this.adopted.at(-1);
    if (!run) throw new Error('the watch has begun no run');
    return this.world.drive(run);
  }

  get found(): FoundDrift | undefined {
    return this.watch.driftOf('checkout');
  }
}

export async function rotated(options: Partial<Watched> = {}) {
  const world = await settable();
  await world.rotate();
  return { world, watching: new Watching(world, options) };
}

/** The first run was refused, so that nothing was sent; the store holds the token in force. */
export async function refusedAtFirst() {
  const world = await settable();
  world.prober.open = true;
  await world.rotate();
  world.prober.open = false;
  return { world, watching: new Watching(world) };
}

/** Somebody has set a token that the instances do not load. */
export function notLoaded({ issuer }: Harness<AnyIssuer>): void {
  const loaded = issuer.inForce;
  issuer.changeByOthers();
  issuer.instances.fill(loaded);
}
