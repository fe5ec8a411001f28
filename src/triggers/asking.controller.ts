import { Body, Controller, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { z } from 'zod';
import type { Run } from '../rotation/run.js';
import { Asking } from './asking.js';

const reason = z.string().max(500).default('on demand').describe('Why, for the audit log.');

const Retry = z.strictObject({ reason }).meta({ id: 'Retry' });

const Resolve = z
  .strictObject({
    how: z
      .enum(['adopt', 'rollback', 'reset-again'])
      .describe(
        'adopt: the token that the store holds and the APM Server accepts is the one; rollback: the previous one ' +
          'is set again; reset-again: the answer of the reset is lost for good, and another reset is sent.',
      ),
    reason,
  })
  .meta({ id: 'Resolve' });

const WISHES = { adopt: 'adopt', rollback: 'rollback', 'reset-again': 'reset_again' } as const;

type Reply = { header(name: string, value: string): unknown };
type Started = { readonly id: string; readonly rotation: string };

@Controller('v1/runs')
export class AskingController {
  constructor(@Inject(Asking) private readonly asking: Asking) {}

  @Post(':id/retry')
  @HttpCode(202)
  async retry(
    @Param('id') id: string,
    @Body({ schema: Retry.prefault({}) }) body: z.output<typeof Retry>,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Started> {
    return accepted(await this.asking.retry(id, body.reason), reply);
  }

  @Post(':id/resolve')
  @HttpCode(202)
  async resolve(
    @Param('id') id: string,
    @Body({ schema: Resolve }) body: z.output<typeof Resolve>,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Started> {
    return accepted(await this.asking.ask(id, WISHES[body.how], body.reason), reply);
  }
}

function accepted({ id, rotation }: Run, reply: Reply): Started {
  reply.header('location', `/v1/runs/${id}`);
  return { id, rotation };
}
