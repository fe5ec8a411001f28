import { z } from 'zod';
import { DELIVERY_WISHES } from '../../../rotation/asking-deliveries.js';
import { WISHES } from '../../../rotation/asking.js';
import { DELIVERY_STATES } from '../../../rotation/delivery.js';
import {
  asked,
  count,
  fingerprint,
  milliseconds,
  mode,
  outcome,
  paused,
  Problem,
  STATES,
  time,
} from './shared.js';

/** Of runs. What was not measured is null, never 0. */

const wish = z.enum(WISHES);

export const Started = z
  .strictObject({ id: z.string(), rotation: z.string() })
  .meta({ id: 'Started', description: 'The run is on its way; `Location` says where it is.' });

const Fingerprints = z.strictObject({ previous: fingerprint.nullable(), current: fingerprint.nullable() });

export const RunSummary = z
  .strictObject({
    id: z.string(),
    rotation: z.string(),
    mode,
    trigger: z.strictObject({
      kind: z.enum(['schedule', 'api', 'watch']),
      reason: z.string(),
      by: z.string().nullable().describe('Who asked, where the API was asked.'),
      emergency: z
        .array(z.string())
        .nullable()
        .describe('What an emergency has left out of what is declared, a phrase each; null: it was none.'),
      approved: z
        .strictObject({
          approval: z.string(),
          by: z.string().describe('Who has approved it; `by` beside it is who asked.'),
          at: time,
          comment: z.string().nullable(),
        })
        .nullable()
        .describe('Where each new token needs the approval of somebody else; null: it needed none.'),
    }),
    resource: z.string().nullable().describe('What the issuer has resolved; null until then.'),
    chosen: z.string().nullable().describe('Why this issuer, where Rotor has found that out.'),
    state: z.enum(STATES),
    waitingFor: z.string().nullable(),
    paused: paused.nullable().describe('Its deliveries: none begins until somebody resumes.'),
    only: z
      .array(z.string())
      .nullable()
      .describe('The targets that it delivers to, where others keep what they have; null: all.'),
    asked: asked.nullable().describe('What a person has asked and is not answered yet.'),
    mayAsk: z.array(wish).describe('What a person may ask of it, where it says that it needs one.'),
    stalled: z
      .strictObject({ reason: z.string(), detail: z.string(), since: time.nullable() })
      .nullable()
      .describe('It needs a person, or waits for an upstream.'),
    outcome: outcome.nullable(),
    reason: z.string().nullable(),
    code: z.string().nullable(),
    detail: z.string().nullable(),
    fingerprints: Fingerprints,
    authGapMs: milliseconds.nullable().describe('How long nobody could be sure that agents were accepted.'),
    authGapResolutionMs: milliseconds.nullable(),
    events: z.strictObject({
      sent: count.nullable(),
      accepted: count.nullable(),
      lost: count.nullable(),
    }),
    credentialExpires: time.nullable(),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    durationMs: milliseconds.nullable(),
  })
  .meta({ id: 'RunSummary' });

export const RunList = z
  .strictObject({
    runs: z.array(RunSummary).describe('Newest first.'),
    next: z.string().nullable().describe('The next page; also in `Link`.'),
  })
  .meta({ id: 'RunList' });

export const RunView = RunSummary.extend({
  steps: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['done', 'running', 'stalled', 'failed']),
      startedAt: time.nullable(),
      durationMs: milliseconds.nullable(),
      notes: z.array(z.string()),
    }),
  ),
  deliveries: z.array(
    z.strictObject({
      target: z.string(),
      state: z.enum(DELIVERY_STATES),
      fingerprint,
      wave: count.describe('In which its turn comes, from 1 on.'),
      tries: count.describe('That failed.'),
      seen: z
        .strictObject({ converged: count, of: count })
        .nullable()
        .describe('Instances that run with the token; null where nobody can look.'),
      detail: z.string().nullable().describe('Who is behind and why, or what has to be done.'),
      problem: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
      nextTryAt: time.nullable().describe('After a failed try.'),
      acknowledged: z
        .strictObject({ reason: z.string(), by: z.string().nullable() })
        .nullable()
        .describe('By whose word alone it is assumed.'),
      mayAsk: z.array(z.enum(DELIVERY_WISHES)).describe('What a person may ask of this delivery now.'),
    }),
  ),
  seq: count.describe('Of the newest entry of its log.'),
}).meta({ id: 'Run' });

export const BulkStarted = z
  .strictObject({
    runs: z.array(Started),
    refused: z.array(z.strictObject({ rotation: z.string(), problem: Problem })),
  })
  .meta({ id: 'BulkStarted' });
