import { z } from 'zod';
import { ROTATION_STATES } from '../../rotation-states.js';
import { count, time } from './shared.js';

/** Of the service as a whole. */

export const Info = z
  .strictObject({
    product: z.literal('rotor'),
    version: z.string(),
    commit: z.string().describe('That it was built from; `unknown` where its build could not tell.'),
    node: z.string(),
    baseUrl: z
      .string()
      .nullable()
      .describe('Where people reach it, without a slash at the end; null: its config does not say.'),
    startedAt: time.describe('Of this process.'),
    now: time.describe('By its clock.'),
    lastTickAt: time
      .nullable()
      .describe('When this process last read the schedule and started what was due; null: not yet.'),
    config: z
      .strictObject({
        file: z.string(),
        loadedAt: time.describe('When what is in force was read.'),
        problem: z
          .strictObject({ at: time, detail: z.string().describe('A sentence for a person. It may change.') })
          .nullable()
          .describe('Why the file that is there now is not in force.'),
      })
      .describe('Of this process.'),
  })
  .meta({ id: 'Info' });

export const Status = z
  .strictObject({
    total: count,
    worst: z.enum(ROTATION_STATES).nullable().describe('Null: there is no rotation.'),
    states: z
      .array(
        z.strictObject({
          state: z.enum(ROTATION_STATES),
          count,
          rotations: z.array(z.string()).describe('Twenty at the most.'),
        }),
      )
      .describe('Those that any rotation is at, the worst first.'),
  })
  .meta({ id: 'Status' });
