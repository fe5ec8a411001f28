import { Body, Controller, Headers, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import type { Run } from '../rotation/run.js';
import { callerOf, type Called } from './access/guard.js';
import type { Started } from './api/answers/index.js';
import { Cancel, PauseRun, Resolve, ResumeRun, Retry } from './api/requests.js';
import { Asking } from './asking.js';
import { keyed } from './idempotency-key.js';

const WISHES = { adopt: 'adopt', rollback: 'rollback', 'reset-again': 'reset_again' } as const;

type Reply = { header(name: string, value: string): unknown };
type Accepted = z.output<typeof Started>;

@Controller('v1/runs')
export class AskingController {
  constructor(@Inject(Asking) private readonly asking: Asking) {}

  @Post(':id/retry')
  @HttpCode(202)
  async retry(
    @Param('id') id: string,
    @Body({ schema: Retry.prefault({}) }) body: z.output<typeof Retry>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Accepted> {
    const sent = keyed(key, ['retry', id, body]);
    const said = { reason: body.reason, by: callerOf(request).name };
    return accepted(await this.asking.retry(id, said, sent), reply);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  async cancel(
    @Param('id') id: string,
    @Body({ schema: Cancel.prefault({}) }) { reason }: z.output<typeof Cancel>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Accepted> {
    const sent = keyed(key, ['cancel', id, reason]);
    return accepted(await this.asking.ask(id, 'cancel', { reason, by: callerOf(request).name }, sent), reply);
  }

  @Post(':id/pause')
  @HttpCode(202)
  async pause(
    @Param('id') id: string,
    @Body({ schema: PauseRun.prefault({}) }) { reason }: z.output<typeof PauseRun>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Accepted> {
    const sent = keyed(key, ['pause', id, reason]);
    return accepted(await this.asking.ask(id, 'pause', { reason, by: callerOf(request).name }, sent), reply);
  }

  @Post(':id/resume')
  @HttpCode(202)
  async resume(
    @Param('id') id: string,
    @Body({ schema: ResumeRun.prefault({}) }) { reason }: z.output<typeof ResumeRun>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Accepted> {
    const sent = keyed(key, ['resume', id, reason]);
    return accepted(await this.asking.ask(id, 'resume', { reason, by: callerOf(request).name }, sent), reply);
  }

  @Post(':id/resolve')
  @HttpCode(202)
  async resolve(
    @Param('id') id: string,
    @Body({ schema: Resolve }) body: z.output<typeof Resolve>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Accepted> {
    const sent = keyed(key, ['resolve', id, body]);
    const said = { reason: body.reason, by: callerOf(request).name };
    return accepted(await this.asking.ask(id, WISHES[body.how], said, sent), reply);
  }
}

function accepted({ id, rotation }: Run, reply: Reply): Accepted {
  reply.header('location', `/v1/runs/${id}`);
  return { id, rotation };
}
