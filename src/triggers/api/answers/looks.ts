import { z } from 'zod';
import { count, fingerprint, milliseconds, target, time } from './shared.js';

/** Of looks at the world on demand. */

export const Plan = z
  .strictObject({
    planId: z
      .string()
      .describe('To start exactly this: `POST …/runs` with it is refused (412) where the world has changed.'),
    digest: z.string().describe('SHA-256 over all that the plan depends on.'),
    expiresAt: time,
    rotation: z.string(),
    verdict: z.enum(['ready', 'would_wait', 'would_refuse']),
    resource: z.string().nullable(),
    chosen: z.string().nullable().describe('Why this issuer, where Rotor has found that out.'),
    tokenChosenBy: z.enum(['issuer', 'Rotor']).nullable(),
    fingerprint: fingerprint.nullable().describe('Of the token in force; null where it cannot be read.'),
    steps: z.array(z.string()),
    targets: z.array(target),
    authGapEstimateMs: milliseconds.nullable().describe('The middle one of the runs that were measured.'),
    warnings: z.array(z.string()),
    code: z.string().nullable(),
    detail: z.string(),
  })
  .meta({ id: 'Plan' });

const connections = z.strictObject({ accepted: count, refused: count, unclear: count });

const seenTarget = z.discriminatedUnion('state', [
  z.strictObject({ name: z.string(), state: z.literal('converged'), seen: count, of: count }),
  z.strictObject({
    name: z.string(),
    state: z.enum(['pending', 'failed']),
    seen: count,
    of: count,
    detail: z.string().nullable().describe('Who is behind, and why; null where nothing more is known.'),
  }),
  z.strictObject({ name: z.string(), state: z.literal('assumed') }),
  z.strictObject({ name: z.string(), state: z.literal('needs_release'), detail: z.string() }),
  z.strictObject({ name: z.string(), state: z.literal('unknown'), why: z.string() }),
]);

export const Verification = z
  .strictObject({
    rotation: z.string(),
    verdict: z
      .enum(['in_step', 'drifted', 'busy', 'unknown'])
      .describe('unknown: something could not be seen, so that nothing is proven.'),
    busy: z.string().nullable().describe('What is on its way, so that nothing can be said yet, a sentence.'),
    underWay: z
      .string()
      .nullable()
      .describe('The run of this rotation that changes the token now, or delivers it still.'),
    drift: z
      .strictObject({ kind: z.string(), detail: z.string(), adoptable: z.boolean(), repair: z.string() })
      .nullable(),
    issuer: fingerprint.nullable().describe('Null where the issuer does not show it.'),
    store: fingerprint.nullable(),
    connections: connections.nullable().describe("Fresh connections with the store's token."),
    targets: z.array(seenTarget),
  })
  .meta({ id: 'Verification' });
