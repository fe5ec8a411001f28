import { z } from 'zod';
import { duration, secretReference } from '../../config/fields.js';
import type { SecretRef } from '../../config/secret-ref.js';
import { limitsOf, receiverFields, type ReceiverLimits } from '../../config/webhook-fields.js';
import { SOURCE } from '../../events/cloud-event.js';
import type { Hearing } from '../hearing.js';

export type HealthchecksConfig = Hearing & {
  readonly type: 'healthchecks';
  readonly url: SecretRef;
  readonly everyMs: number;
  readonly limits: ReceiverLimits;
};

/** A notifier of type `healthchecks`, as it stands in rotor.yaml. It hears of no event. */
export const healthchecksConfig = z
  .strictObject({
    type: z
      .literal('healthchecks')
      .describe('Pings of a dead man’s switch while the schedule is read, as of healthchecks.io.'),
    url: secretReference('Ping URL of a check, which is a secret as a whole.'),
    every: duration('How often it is pinged. The check calls out after its period and its grace.', {
      min: '15s',
      max: '1h',
    }).prefault('1m'),
    ...receiverFields,
  })
  .transform(({ type, url, every, ...limits }): HealthchecksConfig => ({
    type,
    on: [],
    source: SOURCE,
    url,
    everyMs: every,
    limits: limitsOf(limits),
  }));
