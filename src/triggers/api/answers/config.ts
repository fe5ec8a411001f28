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

export const ConfigChecked = z
  .strictObject({
    valid: z.boolean(),
    findings: z
      .array(
        z.strictObject({
          line: count.describe('From 1 on.'),
          column: count.describe('From 1 on.'),
          path: z.string().describe('Such as `rotations.0.targets.0.type`; empty: all of it.'),
          found: z.string(),
          expected: z.string(),
          hint: z.string().nullable(),
          detail: z.string().describe('All of it as one sentence, for a person. It may change.'),
        }),
      )
      .describe('By place. None where it is valid.'),
    warnings: z.array(z.string()).describe('What is allowed and probably not meant.'),
    rotations: z.array(z.string()).describe('Names; none where it is not valid.'),
  })
  .meta({ id: 'ConfigChecked' });

const names = z.array(z.string());

export const ConfigReloaded = z
  .strictObject({
    outcome: z.enum(['reloaded', 'unchanged']).describe('unchanged: the file holds what was in force.'),
    rotations: z
      .strictObject({ added: names, removed: names, changed: names })
      .describe('A run that is under way goes on as it began.'),
    settings: names.describe('Paths of everything else that is another.'),
  })
  .meta({ id: 'ConfigReloaded' });
