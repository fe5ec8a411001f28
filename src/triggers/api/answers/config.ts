import { z } from 'zod';
import { count } from './shared.js';

/** Of the config of the service. */

const origin = z
  .discriminatedUnion('from', [
    z.strictObject({
      from: z.literal('file'),
      line: count.describe('From 1 on.'),
      column: count.describe('From 1 on.'),
    }),
    z.strictObject({ from: z.literal('environment'), variable: z.string() }),
    z.strictObject({ from: z.literal('flag'), flag: z.string().describe('Of `rotor serve`.') }),
    z.strictObject({ from: z.literal('default') }),
  ])
  .describe('Why it is so: what wins over the others that say something of it.');

export const ShownConfig = z
  .strictObject({
    file: z.string().describe('Of this process.'),
    config: z
      .record(z.string(), z.unknown())
      .describe('As a file would hold it, every default written out; secrets are references.'),
    values: z
      .array(
        z.strictObject({
          path: z.string().describe('Such as `rotations.0.maxAge`.'),
          value: z.unknown(),
          origin,
        }),
      )
      .describe('The same, value by value.'),
  })
  .meta({ id: 'ShownConfig' });
