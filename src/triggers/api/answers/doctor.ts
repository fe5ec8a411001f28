import { z } from 'zod';

export const Examination = z
  .strictObject({
    ok: z.boolean().describe('No check of this page has failed.'),
    checks: z.array(
      z.strictObject({
        rotation: z.string().nullable().describe('Null: of the service as a whole.'),
        check: z.string(),
        state: z.enum(['ok', 'warn', 'fail']),
        detail: z.string(),
        hint: z.string().optional().describe('What to do.'),
      }),
    ),
    next: z
      .string()
      .nullable()
      .describe(
        'Where the rotations are that there was no time for; also in `Link`. Null: all were looked at.',
      ),
  })
  .meta({ id: 'Examination' });
