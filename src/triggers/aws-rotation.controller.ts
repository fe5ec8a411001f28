import { Body, Controller, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Clock } from '../rotation/clock.js';
import { asRotorError } from '../rotation/errors.js';
import { Stop } from '../rotation/stop.js';
import { CLOCK, LOG } from '../tokens.js';
import { Gatekeeper } from './access/gatekeeper.js';
import { callerOf, type Called } from './access/guard.js';
import { TakeStep } from './api/requests.js';
import { AwsRotation, rotationEvent, type StepTaken } from './aws-rotation.js';
import { Rotations } from './rotations.js';

/** Beside the time that a step may wait: no upstream is waited for without end. A reset is not stopped by it. */
const STEP_MS = 120_000;

/** For a Lambda function that hands the calls of AWS on, where Rotor runs as a service. */
@Controller('v1/aws-rotation')
export class AwsRotationController {
  constructor(
    @Inject(AwsRotation) private readonly rotation: AwsRotation,
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @Post()
  @HttpCode(200)
  async take(
    @Body({ schema: rotationEvent }) event: z.output<typeof rotationEvent>,
    @Query({ schema: TakeStep }) { wait }: z.output<typeof TakeStep>,
    @Req() request: Called,
  ): Promise<StepTaken> {
    const caller = callerOf(request);
    const waitMs = Number.parseInt(wait, 10) * 1_000;
    using stop = new Stop([], waitMs + STEP_MS);
    const allowance = { waitUntil: this.clock.now() + waitMs, signal: stop.signal };
    const taken = await this.rotation.take(event, allowance, async (name) =>
      this.gatekeeper.assertMay(caller, 'rotate', 'takeAwsStep', name),
    );
    const labels = { rotation: taken.rotation, step: taken.step, by: caller.name };
    this.log.info({ event: { action: 'step.done', reason: taken.detail }, labels }, 'a step of AWS is done');
    if (event.Step !== 'finishSecret') return taken;
    return { ...taken, ...(await this.#deliver(taken.rotation, caller.name)) };
  }

  /** Where this is missed, the watch finds the token that nobody has delivered yet. */
  async #deliver(rotation: string, by: string): Promise<{ run?: string }> {
    const trigger = { kind: 'api', reason: 'AWS Secrets Manager has rotated the secret', by } as const;
    try {
      const { id } = await this.rotations.start(rotation, 'adopt', trigger);
      return { run: id };
    } catch (error) {
      const { code, runId } = asRotorError(error);
      if (code !== 'rotation_in_progress') throw error;
      return runId === undefined ? {} : { run: runId };
    }
  }
}
