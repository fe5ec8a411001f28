import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { z } from 'zod';
import type { RotationDetail, RotationView } from './rotation-view.js';
import { requestOf } from './idempotency-key.js';
import { Watch } from '../rotation/watch.js';
import { Rotations } from './rotations.js';

const StartRun = z
  .strictObject({
    reason: z.string().max(500).default('on demand').describe('Why, for the audit log.'),
    mode: z
      .enum(['rotate', 'adopt'])
      .default('rotate')
      .describe('adopt stores and delivers the token in force.'),
  })
  .meta({ id: 'StartRun' });

const PauseRotation = z
  .strictObject({
    reason: z.string().regex(/\S/).max(500).describe('Why; shown wherever the rotation waits.'),
    until: z.iso
      .datetime({
        offset: true,
        error: 'a date and a time with an offset, such as "2026-12-01T08:00:00+01:00"',
      })
      .transform((text) => Date.parse(text))
      .exactOptional()
      .describe('Its end. Without it, until somebody resumes.'),
  })
  .meta({ id: 'PauseRotation' });

const ResumeRotation = z
  .strictObject({ reason: z.string().max(500).default('on demand').describe('Why, for the audit log.') })
  .meta({ id: 'ResumeRotation' });

type Reply = { header(name: string, value: string): unknown };

@Controller('v1/rotations')
export class RotationsController {
  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Watch) private readonly watch: Watch,
  ) {}

  @Get()
  async list(): Promise<{ rotations: readonly RotationView[] }> {
    return { rotations: await this.rotations.list((name) => this.watch.driftOf(name)) };
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
  ): Promise<RotationDetail> {
    return this.rotations.pause(name, { reason, ...(until !== undefined && { until }) });
  }

  @Post(':name/resume')
  @HttpCode(200)
  async resume(
    @Param('name') name: string,
    @Body({ schema: ResumeRotation.prefault({}) }) { reason }: z.output<typeof ResumeRotation>,
  ): Promise<RotationDetail> {
    return this.rotations.resume(name, reason);
  }

  @Post(':name/runs')
  @HttpCode(202)
  async start(
    @Param('name') name: string,
    @Body({ schema: StartRun.prefault({}) }) body: z.output<typeof StartRun>,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ id: string; rotation: string }> {
    const trigger = { kind: 'api', reason: body.reason } as const;
    const request = key === undefined ? {} : { request: requestOf(key, [name, body]) };
    const run = await this.rotations.start(name, body.mode, trigger, request);
    // By hand, not by decorator: a decorator's header would also go out with an error.
    reply.header('location', `/v1/runs/${run.id}`);
    return { id: run.id, rotation: run.rotation };
  }
}
