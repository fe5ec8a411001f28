import { z } from 'zod';
import { count, time } from './shared.js';

/** Of what Rotor keeps: the audit log, the tokens of the API. */

export const AuditReport = z
  .strictObject({
    runs: count,
    entries: count,
    acts: count.describe('What people have said of rotations beside their runs.'),
    head: z
      .string()
      .nullable()
      .describe('Noted elsewhere, it shows later that the newest runs were not removed.'),
    faults: z
      .array(z.strictObject({ run: z.string().nullable(), seq: z.int().nullable(), what: z.string() }))
      .describe('A hundred at the most.'),
  })
  .meta({ id: 'AuditReport' });

export const ApiTokenView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    grants: z.array(z.string()).describe('Such as `read` or `rotate[env=prod]`.'),
    state: z.enum(['active', 'expired', 'revoked']),
    createdBy: z.string(),
    createdAt: time,
    expiresAt: time,
    lastUsedAt: time.nullable().describe('Within a minute.'),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'ApiToken' });

export const ApiTokenList = z.strictObject({ tokens: z.array(ApiTokenView) }).meta({ id: 'ApiTokenList' });

export const CreatedToken = ApiTokenView.extend({
  token: z.string().describe('The token itself: it is shown here and never again.'),
}).meta({ id: 'CreatedToken' });
