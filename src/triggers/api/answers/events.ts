import { z } from 'zod';
import { APPROVAL_ACTS } from '../../../journal/act.js';
import { DELIVERY_STATES } from '../../../rotation/delivery.js';
import { asked, count, mode, outcome, STATES, time } from './shared.js';

/** Of what happens in all runs. What an entry does not say is not there. */

export const Happening = z
  .strictObject({
    at: time,
    rotation: z.string(),
    run: z.string().nullable().describe('null: a person has said it of the rotation.'),
    seq: count.describe('Of the entry in its run, or of what was said.'),
    opened: z
      .strictObject({
        mode,
        by: z.string().describe('The caller of the API, or `schedule` or `watch`.'),
      })
      .optional()
      .describe('With the first entry of a run.'),
    state: z.enum(STATES).optional().describe('That the run has entered.'),
    stalled: z.strictObject({ reason: z.string(), detail: z.string() }).optional(),
    outcome: outcome.optional(),
    reason: z.string().nullable().optional(),
    detail: z.string().optional(),
    waitingFor: z.string().optional(),
    asked: asked.nullable().optional().describe('What a person asks of the run; null: it was answered.'),
    deliveries: z
      .array(z.strictObject({ target: z.string(), state: z.enum(DELIVERY_STATES) }))
      .optional()
      .describe('Those that have changed.'),
    held: z
      .strictObject({ reason: z.string(), by: z.string().nullable() })
      .nullable()
      .optional()
      .describe('No delivery of the run begins; null: they go on.'),
    note: z.string().optional(),
    said: z
      .strictObject({
        what: z.enum(['pause', 'resume', ...APPROVAL_ACTS]),
        reason: z.string(),
        by: z.string().nullable(),
        until: time.nullable().describe('Of a pause; null: until somebody resumes.'),
        approval: z.string().optional().describe('Which one, where it is about an approval.'),
      })
      .optional()
      .describe('Of the rotation, by a person, or of an approval.'),
  })
  .meta({ id: 'Happening' });

export const EventList = z
  .strictObject({
    events: z.array(Happening).describe('Oldest first; those of one run in its order.'),
    next: z.string().describe('For `after`: what comes after these, also what has not happened yet.'),
    more: z.boolean().describe('There is more at once.'),
  })
  .meta({ id: 'EventList' });
