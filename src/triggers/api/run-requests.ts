import { z } from 'zod';
import { reason } from './requests.js';

/** What is asked of a run under way, or of one of its deliveries. */

export const Retry = z.strictObject({ reason }).meta({ id: 'Retry' });

export const PauseRun = z.strictObject({ reason }).meta({ id: 'PauseRun' });

export const ResumeRun = z.strictObject({ reason }).meta({ id: 'ResumeRun' });

export const RetryDelivery = z.strictObject({ reason }).meta({ id: 'RetryDelivery' });

const because = (what: string) => z.string().regex(/\S/, 'a text that is not empty').max(500).describe(what);

export const AckDelivery = z
  .strictObject({ reason: because('How the target got the token, for the audit log.') })
  .meta({ id: 'AckDelivery' });

export const SkipDelivery = z
  .strictObject({ reason: because('Why it is left out; shown with the delivery.') })
  .meta({ id: 'SkipDelivery' });

export const Cancel = z.strictObject({ reason }).meta({ id: 'Cancel' });

export const Resolve = z
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
