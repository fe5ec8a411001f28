import { z } from 'zod';
import { configSchema } from './schema.js';

/** What editors check rotor.yaml against: JSON Schema, draft 2020-12, of the file as it is written. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, title: 'rotor.yaml, version 1', ...rest };
}
