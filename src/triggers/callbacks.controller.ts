import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { RotorError } from '../rotation/errors.js';
import { parseFingerprint } from '../rotation/secret.js';
import type { Confirmed } from './api/answers/index.js';
import { Callback } from './api/requests.js';
import { CallbackTokens } from './callback-tokens.js';

/** A receiver says that its agents run with a delivered token. Who may is settled before this; see `access/guard.ts`. */
@Controller('v1/callbacks')
export class CallbacksController {
  constructor(@Inject(CallbackTokens) private readonly tokens: CallbackTokens) {}

  @Post(':delivery')
  @HttpCode(200)
  async confirm(
    @Param('delivery') delivery: string,
    @Body({ schema: Callback }) { fingerprint, seen, of }: z.output<typeof Callback>,
  ): Promise<z.output<typeof Confirmed>> {
    const said = parseFingerprint(fingerprint);
    if (!said) throw new RotorError('request_invalid', 'fingerprint: none');
    return { ...(await this.tokens.callbacks.confirm(delivery, said, { seen, of })), seen, of };
  }
}
