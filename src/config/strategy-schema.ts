import { z } from 'zod';
import { duration, text, wholeNumber } from './fields.js';

const WAVE_PATTERN = /^([a-z][a-z0-9-]{0,62}|([1-9][0-9]?|100)%)$/;

const wave = text('A wave.', {
  pattern: WAVE_PATTERN,
  expected: 'a name that targets give as their wave, a share of all targets such as "25%", or rest',
}).transform((value) => {
  if (value === 'rest') return { percent: 100 };
  return value.endsWith('%') ? { percent: Number.parseInt(value, 10) } : { name: value };
});

/** How deliveries go out, as it stands in rotor.yaml. */
export const strategyConfig = z
  .strictObject({
    maxConcurrentTargets: wholeNumber('Deliveries at one time.', {
      min: 1,
      max: 100,
      fallback: 5,
    }).exactOptional(),
    waves: z
      .array(wave, { error: 'a list of waves, such as [canary, "25%", rest]' })
      .max(20, { error: 'at most 20 waves' })
      .meta({
        description:
          'Which targets come first: those that name a wave, then shares of all, each counted from the start as the ' +
          'weight of a canary release, then the rest.',
        default: ['rest'],
      })
      .exactOptional(),
    soak: duration(
      'How long a wave is left to show what it does before the next one begins; it is looked at once more then. ' +
        'Default: the next one begins at once.',
      { min: '1s', max: '7d' },
    ).exactOptional(),
    onTargetFailure: z
      .enum(['continue', 'pause', 'stop'])
      .meta({
        description:
          'What a target that failed means for those whose turn has not come: they get the token all the same, they ' +
          'wait for a person, or they are skipped.',
        default: 'continue',
      })
      .exactOptional(),
  })
  .describe('How deliveries go out.');

export const strategicConfig = z.object({ strategy: strategyConfig.exactOptional() });
