import { Body, Controller, Headers, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import type { Run } from '../rotation/run.js';
import { Gatekeeper } from './access/gatekeeper.js';
import { callerOf, type Called } from './access/guard.js';
import type { Started } from './api/answers/index.js';
import {
  AckDelivery,
  Cancel,
  PauseRun,
  Resolve,
  ResumeRun,
  Retry,
  RetryDelivery,
  SkipDelivery,
} from './api/run-requests.js';
import { Asking } from './asking.js';
import { keyed } from './idempotency-key.js';

const WISHES = { adopt: 'adopt', rollback: 'rollback', 'reset-again': 'reset_again' } as const;

type Reply = { header(name: string, value: string): unknown };
type Accepted = z.output<typeof Started>;
type OfDelivery = { readonly id: string; readonly target: string };

@Controller('v1/runs')
export class AskingController {
  constructor(
    @Inject(Asking) private readonly asking: Asking,
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
  ) {}

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
    const caller = callerOf(request);
    const assertEmergency = async (rotation: string): Promise<void> =>
      this.gatekeeper.assertEmergency(caller, 'retryRun', rotation);
    const said = { reason: body.reason, by: caller.name, assertEmergency };
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

  @Post(':id/deliveries/:target/retry')
  @HttpCode(202)
  async retryDelivery(
    @Param() { id, target }: OfDelivery,
    @Body({ schema: RetryDelivery.prefault({}) }) { reason }: z.output<typeof RetryDelivery>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Accepted> {
    const sent = keyed(key, ['retry', id, target, reason]);
    const said = { reason, by: callerOf(request).name };
    return accepted(await this.asking.ofDelivery(id, { what: 'retry', target }, said, sent), reply);
  }

  @Post(':id/deliveries/:target/ack')
  @HttpCode(202)
  async ackDelivery(
    @Param() { id, target }: OfDelivery,
    @Body({ schema: AckDelivery }) { reason }: z.output<typeof AckDelivery>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Accepted> {
    const sent = keyed(key, ['ack', id, target, reason]);
    const said = { reason, by: callerOf(request).name };
    return accepted(await this.asking.ofDelivery(id, { what: 'ack', target }, said, sent), reply);
  }

  @Post(':id/deliveries/:target/skip')
  @HttpCode(202)
  async skipDelivery(
    @Param() { id, target }: OfDelivery,
    @Body({ schema: SkipDelivery }) { reason }: z.output<typeof SkipDelivery>,
    @Req() request: Called,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Accepted> {
    const sent = keyed(key, ['skip', id, target, reason]);
    const said = { reason, by: callerOf(request).name };
    return accepted(await this.asking.ofDelivery(id, { what: 'skip', target }, said, sent), reply);
  }
}

function accepted({ id, rotation }: Run, reply: Reply): Accepted {
  reply.header('location', `/v1/runs/${id}`);
  return { id, rotation };
}
