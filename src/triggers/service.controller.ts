import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import type { z } from 'zod';
import type { Clock } from '../rotation/clock.js';
import { Watch } from '../rotation/watch.js';
import { Reloader, type Refusal } from '../reloading/reloader.js';
import { BASE_URL, CLOCK } from '../tokens.js';
import { builtFrom, packageVersion } from '../version.js';
import type { Caller } from './access/caller.js';
import { callerOf, type Called } from './access/guard.js';
import type { Info, Status } from './api/answers/index.js';
import { AskStatus } from './api/requests.js';
import { pageOf } from './rotation-list.js';
import { ROTATION_STATES } from './rotation-states.js';
import { Rotations } from './rotations.js';
import { ScheduleTrigger } from './schedule.trigger.js';

const MOST_NAMES = 20;

/** How the service is, and all of its rotations at one glance. */
@Controller('v1')
export class ServiceController {
  readonly #startedAt: number;

  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Watch) private readonly watch: Watch,
    @Inject(ScheduleTrigger) private readonly schedule: ScheduleTrigger,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(Reloader) private readonly reloader: Reloader,
    @Inject(BASE_URL) private readonly baseUrl: string,
  ) {
    this.#startedAt = clock.now();
  }

  @Get('info')
  info(@Req() request: Called): z.output<typeof Info> {
    const { lastTickAt } = this.schedule;
    const { current, loadedAt, refusal } = this.reloader;
    return {
      product: 'rotor',
      version: packageVersion(),
      commit: builtFrom(),
      node: process.versions.node,
      baseUrl: this.baseUrl === '' ? null : this.baseUrl,
      startedAt: iso(this.#startedAt),
      now: iso(this.clock.now()),
      lastTickAt: lastTickAt === undefined ? null : iso(lastTickAt),
      config: {
        file: current.file,
        loadedAt: iso(loadedAt),
        problem: refusal ? problemFor(callerOf(request), refusal) : null,
      },
    };
  }

  @Get('status')
  async status(
    @Query({ schema: AskStatus }) query: z.output<typeof AskStatus>,
    @Req() request: Called,
  ): Promise<z.output<typeof Status>> {
    const driftOf = (name: string) => this.watch.driftOf(name);
    const whole = { ...query, limit: Infinity };
    const { rotations } = await pageOf(this.rotations, driftOf, callerOf(request), whole);
    const states = ROTATION_STATES.flatMap((state) => {
      const names = rotations.filter((one) => one.state === state).map(({ name }) => name);
      return names.length === 0
        ? []
        : [{ state, count: names.length, rotations: names.slice(0, MOST_NAMES) }];
    });
    return { total: rotations.length, worst: states[0]?.state ?? null, states };
  }
}

/** What is wrong may quote what is said of any rotation. */
function problemFor(caller: Caller, { at, detail }: Refusal) {
  const told = caller.mayEverywhere('read')
    ? detail
    : 'The file could not be put in force; whoever may read all rotations is told why.';
  return { at: iso(at), detail: told };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
