import { z } from 'zod';
import { DELIVERY_STATES } from '../../../rotation/delivery.js';
import { count, fingerprint, target } from './shared.js';

export const TargetList = z
  .strictObject({
    targets: z
      .array(
        target
          .extend({
            rotation: z.string(),
            state: z
              .enum(DELIVERY_STATES)
              .nullable()
              .describe(
                'By the newest run whose token became current; null: no such run has delivered to it.',
              ),
            fingerprint: fingerprint.nullable().describe('What that run delivers.'),
            seen: z
              .strictObject({ converged: count, of: count })
              .nullable()
              .describe('Instances that run with the token; null where nobody can look, or has yet.'),
            detail: z.string().nullable().describe('Who is behind and why, or what has failed.'),
            run: z.string().nullable().describe('That run.'),
          })
          .meta({ id: 'Target' }),
      )
      .describe('As declared, in the order of the config.'),
  })
  .meta({ id: 'TargetList' });
