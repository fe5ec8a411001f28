import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import { callerOf, type Called } from './access/guard.js';
import type { RotationList, Started } from './api/answers.js';
import { PauseRotation, ResumeRotation, StartRun } from './api/requests.js';
import type { RotationDetail } from './rotation-view.js';
import { requestOf } from './idempotency-key.js';
import { Watch } from '../rotation/watch.js';
import { Rotations } from './rotations.js';

type Reply = { header(name: string, value: string): unknown };

@Controller('v1/rotations')
export class RotationsController {
  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Watch) private readonly watch: Watch,
  ) {}

  @Get()
  async list(@Req() request: Called): Promise<z.output<typeof RotationList>> {
    const caller = callerOf(request);
    const all = await this.rotations.list((name) => this.watch.driftOf(name));
    return { rotations: all.filter(({ labels }) => caller.may('read', labels)) };
  }

  @Get(':name')
  async detail(@Param('name') name: string): Promise<RotationDetail> {
    return this.rotations.detail(name, this.watch.driftOf(name));
  }

  @Post(':name/pause')
  @HttpCode(200)
  async pause(
    @Param('name') name: string,
    @Body({ schema: PauseRotation }) { reason, until }: z.output<typeof PauseRotation>,
    @Req() request: Called,
  ): Promise<RotationDetail> {
    return this.rotations.pause(name, {
      reason,
      by: callerOf(request).name,
      ...(until !== undefined && { until }),
    });
  }

  @Post(':name/resume')
  @HttpCode(200)
  async resume(
    @Param('name') name: string,
    @Body({ schema: ResumeRotation.prefault({}) }) { reason }: z.output<typeof ResumeRotation>,
    @Req() request: Called,
  ): Promise<RotationDetail> {
    return this.rotations.resume(name, { reason, by: callerOf(request).name });
  }

  @Post(':name/runs')
  @HttpCode(202)
  async start(
    @Param('name') name: string,
    @Body({ schema: StartRun.prefault({}) }) body: z.output<typeof StartRun>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof Started>> {
    const trigger = { kind: 'api', reason: body.reason, by: callerOf(request).name } as const;
    const known = key === undefined ? {} : { request: requestOf(key, [name, body]) };
    const run = await this.rotations.start(name, body.mode, trigger, known);
    // By hand, not by decorator: a decorator's header would also go out with an error.
    reply.header('location', `/v1/runs/${run.id}`);
    return { id: run.id, rotation: run.rotation };
  }
}
