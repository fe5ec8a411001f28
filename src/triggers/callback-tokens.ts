import { RotorError } from '../rotation/errors.js';
import { bearerIn } from './access/bearer.js';
import type { Callbacks } from '../targets/webhook/callbacks.js';
import { hashOf } from '../targets/webhook/webhook-target.js';

/** A call-back needs the token that came with its delivery, and neither takes nor gives any other right. */
export class CallbackTokens {
  constructor(readonly callbacks: Callbacks) {}

  /** Throws `unauthenticated`, in the same words whether or not there is such a delivery. */
  async assertKnown(delivery: string, authorization: string | undefined): Promise<void> {
    const presented = bearerIn(authorization);
    if (presented !== undefined && (await this.callbacks.isKnown(delivery, hashOf(presented)))) return;
    throw new RotorError('unauthenticated', 'the token of the call-back is not that of the delivery', {
      hint: 'Send `Authorization: Bearer …` with data.callback.token of the event that named this address.',
    });
  }
}
