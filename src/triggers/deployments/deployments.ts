import type { Cloud, FoundDeployment } from '../../issuers/inventory.js';
import type { Clock } from '../../rotation/clock.js';
import { asRotorError, type RotorError } from '../../rotation/errors.js';
import type { Millis } from '../../rotation/run.js';
import { Stop } from '../../rotation/stop.js';
import type { Selecting } from './matching.js';

/** A cloud of many pages, and somebody waits. */
const LOOK_MS = 30_000;
/** Whoever asks within it gets the same look: a dashboard shall not use up what the cloud allows its key. */
const KEPT_MS = 10_000;

/** What one cloud has told; with a problem the pages before it, or none. */
export type Told = {
  readonly host: string;
  readonly deployments: readonly FoundDeployment[];
  readonly problem: RotorError | undefined;
};

export type Look = { readonly lookedAt: Millis; readonly told: readonly Told[] };

export type Declared = {
  readonly clouds: readonly Cloud[];
  /** In the order of the config. */
  readonly selecting: readonly Selecting[];
};

/** All that the clouds of the config have, whether or not a rotation is about it. */
export class Deployments {
  #last: { readonly at: number; readonly look: Promise<Look> } | undefined;

  constructor(
    private declared: Declared,
    private readonly clock: Clock,
  ) {}

  /** From now on of another config. */
  use(declared: Declared): void {
    this.declared = declared;
    this.#last = undefined;
  }

  get selecting(): readonly Selecting[] {
    return this.declared.selecting;
  }

  /** Never throws: a cloud that does not answer has a problem in the look. */
  async look(): Promise<Look> {
    const at = this.clock.monotonic();
    if (this.#last === undefined || at - this.#last.at >= KEPT_MS) this.#last = { at, look: this.#ask() };
    return this.#last.look;
  }

  async #ask(): Promise<Look> {
    const lookedAt = this.clock.now();
    return { lookedAt, told: await Promise.all(this.declared.clouds.map(toldBy)) };
  }
}

async function toldBy(cloud: Cloud): Promise<Told> {
  const { host } = cloud;
  const deployments: FoundDeployment[] = [];
  using stop = new Stop([], LOOK_MS);
  try {
    for await (const page of cloud.deployments(stop.signal)) deployments.push(...page);
    return { host, deployments, problem: undefined };
  } catch (error) {
    return { host, deployments, problem: asRotorError(error) };
  }
}
