import type { Agent } from 'node:https';
import { Gates } from '../../src/http/gate.js';
import { systemClock } from '../../src/rotation/clock.js';
import { Engine } from '../../src/rotation/engine.js';
import type { Clock } from '../../src/rotation/clock.js';
import type { Journal } from '../../src/journal/journal.js';
import type { Ports } from '../../src/rotation/ports.js';
import { Watch } from '../../src/rotation/watch.js';
import type { Life } from './life.js';
import { mortalJournal } from './mortal.js';
import { portsOf } from './ports.js';
import { ROTATION, type World } from './world.js';

const WATCH_EVERY_MS = 120_000;
const TICK_MS = 10_000;

/** A defect that is put into every process of a world, to see it found. */
export type Defect = {
  readonly name: string;
  readonly ports?: (ports: Ports, run: { readonly id: string }) => Ports;
  readonly journal?: (journal: Journal) => Journal;
  readonly clock?: Clock;
  /** What a target takes for the id of the run. */
  readonly runId?: (id: string) => string;
};

/** What one process of the service works with: engine and watch over the real adapters. It knows the journal alone. */
export class ServiceProcess {
  /** What it said; searched for tokens. */
  readonly said: string[] = [];

  constructor(
    world: World,
    readonly life: Life,
    defect?: Defect,
  ) {
    const journal = mortalJournal(defect?.journal?.(world.journal) ?? world.journal, life, {
      failed: (error) => world.disk.note(error),
      wrote: (change) => world.wrote(change),
    });
    const { callbacks } = journal;
    world.address.answeredBy(life, callbacks);
    const clock: Clock = defect?.clock ?? { ...systemClock, monotonic: () => life.monotonic() };
    const random = () => world.random.next();
    const say = (...what: unknown[]): void => void this.said.push(JSON.stringify(what, errorsToo));
    const gates = new Gates({ circuit: say });
    // As in production they outlive the ports, and clients that are kept with them.
    const agents = new Map<string, Agent>();
    const ports = (run: { readonly id: string }): Ports => {
      const agent =
        agents.get(run.id) ?? world.wires.agentOf(life, run.id, ({ name }) => world.sent(run.id, name));
      agents.set(run.id, agent);
      const runId = defect?.runId?.(run.id) ?? run.id;
      const made = portsOf(world, { agent, callbacks, run: runId }, life, gates);
      return defect?.ports?.(made, run) ?? made;
    };
    const engine = new Engine({
      journal,
      clock,
      random,
      portsFor: ports,
      observer: {
        troubled: (_run, error) => say(error),
        credentialExpires: () => undefined,
        started: () => undefined,
        takenOver: () => undefined,
        crashed: say,
      },
    });
    const watch = new Watch(
      [
        {
          name: ROTATION,
          everyMs: WATCH_EVERY_MS,
          onDrift: 'adopt',
          policy: world.policy,
          ports: () => ports({ id: 'watch' }),
        },
      ],
      {
        journal,
        clock,
        random,
        adopt: async () => world.open('adopt', journal),
        tell: async () => undefined,
        observer: { drifted: say, inStep: say, failed: say },
      },
    );
    life.within(() => {
      const tick = async (): Promise<void> => life.contact(async () => watch.tick()).catch(() => undefined);
      const ticking = setInterval(() => void tick(), TICK_MS);
      life.onDeath(() => {
        clearInterval(ticking);
        void watch.stop();
        void engine.stop();
      });
      engine.start();
    });
  }
}

function errorsToo(_key: string, value: unknown): unknown {
  return value instanceof Error ? [value.message, value.stack, value.cause, Object.entries(value)] : value;
}
