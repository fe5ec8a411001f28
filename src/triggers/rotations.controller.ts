import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { z } from 'zod';
import type { RotationView } from './rotations.js';
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

  @Post(':name/runs')
  @HttpCode(202)
  async start(
    @Param('name') name: string,
    @Body({ schema: StartRun.prefault({}) }) body: z.output<typeof StartRun>,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ id: string; rotation: string }> {
    const run = await this.rotations.start(name, body.mode, { kind: 'api', reason: body.reason });
    // By hand, not by decorator: a decorator's header would also go out with an error.
    reply.header('location', `/v1/runs/${run.id}`);
    return { id: run.id, rotation: run.rotation };
  }
}
