import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { z } from 'zod';
import { Gatekeeper } from './access/gatekeeper.js';
import { callerOf, type Called } from './access/guard.js';
import type { RotationList, Started } from './api/answers/index.js';
import { ListRotations, PauseRotation, Redeliver, ResumeRotation, StartRun } from './api/requests.js';
import type { RotationDetail } from './rotation-view.js';
import { keyed } from './idempotency-key.js';
import type { Run } from '../rotation/run.js';
import { Watch } from '../rotation/watch.js';
import { whenGone, type Leavable } from './gone.js';
import { linkNext } from './next-page.js';
import { Planner } from './planner.js';
import { pageOf } from './rotation-list.js';
import { Pauses } from './pauses.js';
import { Rotations } from './rotations.js';

type Reply = { header(name: string, value: string): unknown };

@Controller('v1/rotations')
export class RotationsController {
  constructor(
    @Inject(Rotations) private readonly rotations: Rotations,
    @Inject(Pauses) private readonly pauses: Pauses,
    @Inject(Watch) private readonly watch: Watch,
    @Inject(Planner) private readonly planner: Planner,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
  ) {}

  @Get()
  async list(
    @Query({ schema: ListRotations }) query: z.output<typeof ListRotations>,
    @Req() request: Called & { readonly url: string },
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof RotationList>> {
    const driftOf = (name: string) => this.watch.driftOf(name);
    const { rotations, cursor } = await pageOf(this.rotations, driftOf, callerOf(request), query);
    const next = cursor === undefined ? null : linkNext(reply, request.url, { cursor });
    return { rotations: [...rotations], next };
  }

  @Get(':name')
  async detail(@Param('name') name: string): Promise<RotationDetail> {
    return this.rotations.detail(name, this.watch.driftOf(name));
  }

  @Post(':name/pause')
  @HttpCode(200)
  async pause(
    @Param('name') name: string,
    @Body({ schema: PauseRotation }) body: z.output<typeof PauseRotation>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<RotationDetail> {
    const sent = keyed(key, ['pause rotation', name, body]);
    return this.pauses.pause(name, { ...body, by: callerOf(request).name }, sent);
  }

  @Post(':name/resume')
  @HttpCode(200)
  async resume(
    @Param('name') name: string,
    @Body({ schema: ResumeRotation.prefault({}) }) { reason }: z.output<typeof ResumeRotation>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<RotationDetail> {
    const sent = keyed(key, ['resume rotation', name, reason]);
    return this.pauses.resume(name, { reason, by: callerOf(request).name }, sent);
  }

  @Post(':name/redeliver')
  @HttpCode(202)
  async redeliver(
    @Param('name') name: string,
    @Body({ schema: Redeliver.prefault({}) }) body: z.output<typeof Redeliver>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof Started>> {
    const { reason, targets } = body;
    const trigger = { kind: 'api', reason, by: callerOf(request).name } as const;
    const sent = keyed(key, ['redeliver', name, body]);
    const known = { ...(targets && { only: targets }), ...(sent && { request: sent }) };
    return startedAt(await this.rotations.start(name, 'adopt', trigger, known), reply);
  }

  @Post(':name/runs')
  @HttpCode(202)
  async start(
    @Param('name') name: string,
    @Body({ schema: StartRun.prefault({}) }) body: z.output<typeof StartRun>,
    @Req() request: Called & Leavable,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<z.output<typeof Started>> {
    if (body.mode === 'emergency') await this.gatekeeper.assertEmergency(callerOf(request), 'startRun', name);
    const trigger = { kind: 'api', reason: body.reason, by: callerOf(request).name } as const;
    const sent = keyed(key, [name, body]);
    // Before the plan is looked at: what the first one has started has made the plan stale.
    const before = await this.rotations.startedBy(sent);
    if (before) return startedAt(before, reply);
    const planned =
      body.planId === undefined ? undefined : await this.planner.agreed(name, body.planId, whenGone(request));
    const known = { ...(sent && { request: sent }), ...(planned && { planned }) };
    const run = await this.rotations.start(name, body.mode, trigger, known);
    return startedAt(run, reply);
  }
}

/** By hand, not by decorator: a decorator's header would also go out with an error. */
function startedAt({ id, rotation }: Run, reply: Reply): z.output<typeof Started> {
  reply.header('location', `/v1/runs/${id}`);
  return { id, rotation };
}
