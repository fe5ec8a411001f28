import { z } from 'zod';
import { DELIVERY_WISHES } from '../../../rotation/asking-deliveries.js';
import { WISHES } from '../../../rotation/asking.js';
import { OUTCOMES } from '../../../rotation/run.js';

/** What several answers have in common. */

export const time = z.iso.datetime().describe('RFC 3339, in UTC.');

export const fingerprint = z.string().describe('The first eight hex digits of the SHA-256 of a token.');

export const count = z.int().min(0);

export const milliseconds = count.describe('Milliseconds.');

export const STATES = [
  'preparing',
  'anchoring',
  'prepared',
  'setting',
  'resetting',
  'accepting',
  'promoting',
  'settling',
  'settled',
  'ended',
] as const;

export const outcome = z.enum(OUTCOMES);

export const MODES = ['rotate', 'adopt', 'rehearse'] as const;

/** `emergency`: a rotation that waits for nothing. */
export const START_MODES = [...MODES, 'emergency'] as const;

export const mode = z.enum(MODES);

/** Of the deliveries of a run. */
export const paused = z.strictObject({
  since: time,
  reason: z.string().describe('The target that failed and why, or the words of who paused them.'),
  by: z.string().nullable().describe('Who; null where a failed target did.'),
});

/** What a person asks of a run, or of one of its deliveries. */
export const asked = z.strictObject({
  what: z.enum([...new Set([...WISHES, ...DELIVERY_WISHES])]),
  target: z.string().nullable().describe('Of this delivery alone; null: of the run.'),
  reason: z.string(),
  by: z.string().nullable(),
});

/** Of a rotation. */
export const target = z.strictObject({
  name: z.string(),
  type: z.string(),
  wave: count.describe('In which its turn comes, from 1 on.'),
});

export const Problem = z
  .strictObject({
    type: z
      .string()
      .describe(
        'The page of this kind of problem, `/problems/<slug>`: a reference from the address of the service, or with ' +
          '`server.baseUrl` the whole URL. The slug is the code with `-` for `_`.',
      ),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().describe('A sentence for a person. It may change.'),
    hint: z.string().optional().describe('What to do next.'),
    runId: z.string().optional().describe('The run that stands in the way.'),
    approvalId: z.string().optional().describe('The approval that stands in the way, or that is waited for.'),
    traceId: z
      .string()
      .optional()
      .describe(
        'Of the trace in `traceparent`, else of this request alone; also in `X-Request-Id` and the log.',
      ),
    errors: z
      .array(
        z.strictObject({
          detail: z.string(),
          pointer: z
            .string()
            .optional()
            .describe('JSON Pointer into the body, as a fragment: `#/rotations/0`.'),
          parameter: z.string().optional().describe('Of the address.'),
        }),
      )
      .optional()
      .describe('Everything that is wrong with the request, each with its place.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });
