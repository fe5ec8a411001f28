import { z } from 'zod';
import { MEANINGS } from '../../../rotation/meaning.js';
import { count, fingerprint, mode, outcome, STATES, time } from './shared.js';

/** Of one token: which runs had it, and where it is now. */

const TokenRun = z.strictObject({
  id: z.string(),
  mode,
  state: z.enum(STATES),
  outcome: outcome.nullable(),
  as: z.enum(['new', 'previous']).describe('new: the run was to bring it; previous: to replace it.'),
  at: time.describe('When the run knew of it.'),
});

const runs = z.array(TokenRun).describe('By the journal, oldest first; a hundred at the most.');

export const TokenMatches = z
  .strictObject({
    fingerprint,
    matches: z
      .array(z.strictObject({ rotation: z.string(), runs }))
      .describe('Rotations of which a run has had it at hand.'),
  })
  .meta({ id: 'TokenMatches' });

/** Of what was not looked at everything else is null: that says neither yes nor no. */
const looked = {
  lookedAt: time.nullable().describe('Null: it was not looked at.'),
  why: z.string().nullable().describe('Why not.'),
};

export const Whereabouts = z
  .strictObject({
    rotation: z.string(),
    fingerprint,
    runs,
    issuer: z.strictObject({ ...looked, has: z.enum(['in_force', 'on_its_way', 'another']).nullable() }),
    store: z.strictObject({
      ...looked,
      current: fingerprint.nullable().describe('Of its current version, whichever token that holds.'),
      versions: z
        .array(
          z.strictObject({
            version: z.string(),
            role: z.enum(['current', 'pending', 'previous', 'other', 'unlabelled']),
            labels: z.array(z.string()).describe("In the store's own words."),
          }),
        )
        .nullable()
        .describe('Those that hold it.'),
      unreadable: count.nullable().describe('Labelled versions that hold no token that Rotor can read.'),
    }),
    apmServer: z.strictObject({
      ...looked,
      accepted: count.nullable().describe('Of fresh connections.'),
      refused: count.nullable(),
      unclear: count.nullable(),
      acceptsAny: z.boolean().nullable().describe('A random token as well: its authentication is off.'),
    }),
    targets: z.array(
      z.strictObject({
        name: z.string(),
        ...looked,
        state: z
          .enum(['counted', 'assumed', 'needs_release'])
          .nullable()
          .describe('assumed: nobody can look.'),
        seen: count.nullable().describe('Instances that were seen to run with it.'),
        of: count.nullable(),
        other: count
          .nullable()
          .describe(
            'Seen with neither this token nor the current one: where not all was seen, with this one perhaps.',
          ),
        detail: z.string().nullable(),
      }),
    ),
    meaning: z
      .enum(MEANINGS)
      .describe(
        'unstored, the worst: the APM Server accepts it and the store does not hand it out. unproven: something could not be seen, and what was seen is no finding.',
      ),
    detail: z.string().describe('What that means, a sentence.'),
    next: z.string().nullable(),
  })
  .meta({ id: 'Whereabouts' });
