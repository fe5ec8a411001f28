import { z } from 'zod';
import { AuditReport } from './records.js';
import { count, fingerprint, milliseconds, mode, time } from './shared.js';

/** Of a period, for auditors. What was not measured is null, never 0. */

const span = z.strictObject({ from: time, to: time });

const ReportedRotation = z.strictObject({
  rotation: z.string(),
  labels: z
    .record(z.string(), z.string())
    .nullable()
    .describe('Null: the config does not declare it any more.'),
  maxAgeMs: milliseconds.nullable().describe('As declared when the report was made.'),
  cron: z.string().nullable(),
  drivenBy: z.enum(['aws']).nullable(),
  runs: z
    .strictObject({
      total: count,
      succeeded: count,
      partial: count,
      failed: count,
      cancelled: count,
      underWay: count,
    })
    .describe('That were started in the period, by what has become of them since.'),
  modes: z.strictObject({ rotate: count, adopt: count, rehearse: count }),
  startedBy: z
    .array(z.strictObject({ by: z.string(), runs: count }))
    .describe('The caller of the API by name, or `schedule` or `watch`; most runs first.'),
  approvedBy: z
    .array(z.strictObject({ by: z.string(), runs: count }))
    .describe('Who has allowed runs that needed the approval of somebody else; most runs first.'),
  rotations: count.describe('New tokens that became current.'),
  putBack: z
    .strictObject({
      count,
      tokens: z
        .array(
          z.strictObject({
            fingerprint,
            replacedAt: time,
            replacedBy: z
              .string()
              .describe('The run that had replaced it, or had found another one in its place.'),
            from: time.describe('When a run had found it in force again; it may be before the period.'),
            foundBy: z.string().describe('That run.'),
            to: time
              .nullable()
              .describe(
                'When another one had become current in its place, or was found so; null: no run of the period has seen that.',
              ),
            settledBy: z.string().nullable().describe('The run that had brought or found that other one.'),
            settledMode: mode
              .nullable()
              .describe(
                'Of that run: `rotate` has brought it, `adopt` and `rehearse` have found it in force.',
              ),
          }),
        )
        .describe('The newest twenty; `count` is of all.'),
    })
    .describe(
      'Tokens that had been replaced and were in force again: whoever had them may still have had them.',
    ),
  longestToken: z
    .strictObject({
      ms: milliseconds,
      from: time,
      to: time.nullable().describe('Null: still in force at the end of the period, or when it was looked.'),
    })
    .nullable()
    .describe('The longest time between two rotations; it may have begun before the period.'),
  overdue: z
    .strictObject({ ms: milliseconds, count, spans: z.array(span).describe('Fifty at the most.') })
    .nullable()
    .describe(
      'In the period: with a token older than maxAge, or without a maxAge one under which the cron has fired twice. Null: nothing limits its age.',
    ),
  authGap: z.strictObject({
    longest: z
      .strictObject({ ms: milliseconds, resolutionMs: milliseconds, run: z.string() })
      .nullable()
      .describe('Null: not measured.'),
    measured: count.describe('Rotations of which it was measured.'),
    notMeasured: count,
  }),
  eventsLost: count.nullable().describe('Null: not measured.'),
  neededPerson: count.describe('Runs that stalled or of which a person asked something.'),
  stalled: count.describe('Runs that have said that they wait for a person or an upstream.'),
  asked: count.describe('Runs of which a person has asked something, such as to try again.'),
  deliveries: z.strictObject({
    converged: count,
    assumed: count.describe('Nobody could look.'),
    needsRelease: count,
    failed: count,
    skipped: count,
    superseded: count.describe('A newer run has taken them over.'),
    underWay: count,
  }),
  neverConverged: z
    .array(
      z.strictObject({
        run: z.string(),
        target: z.string(),
        state: z.enum(['failed', 'skipped', 'needs_release']),
      }),
    )
    .describe('Deliveries that ended otherwise, twenty at the most.'),
  byWord: z
    .strictObject({
      count,
      deliveries: z
        .array(
          z.strictObject({
            run: z.string(),
            target: z.string(),
            said: z
              .enum(['has_the_token', 'left_out'])
              .describe('Of a target that nobody can look at, or of one that was skipped.'),
            by: z.string().nullable().describe('Null: the caller is not known.'),
            at: time.nullable().describe('Null: a Rotor that did not keep it has written it.'),
            reason: z.string().describe('In their words.'),
          }),
        )
        .describe('Fifty at the most; `count` is of all.'),
    })
    .describe('Deliveries that are what they are by the word of a person alone.'),
});

export const Report = z
  .strictObject({
    period: z.strictObject({
      from: time,
      to: time.describe('Just before this.'),
      isOver: z.boolean(),
      timezone: z.literal('UTC'),
    }),
    madeAt: time,
    madeBy: z.strictObject({ product: z.literal('rotor'), version: z.string() }),
    selector: z.string().nullable(),
    rotations: z.array(ReportedRotation),
    audit: AuditReport.extend({
      holds: z.boolean().describe('Nothing was changed, removed or moved.'),
    }).describe(
      'Of the log of all rotations: of the runs of the period, and of the links to the runs before and after it. `head` is the hash of the first entry of its newest run.',
    ),
  })
  .meta({ id: 'Report' });
