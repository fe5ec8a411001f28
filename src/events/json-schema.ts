import { z } from 'zod';
import { schemaIdOf, typeOf } from './cloud-event.js';

type Described = {
  readonly name: string;
  readonly data: z.ZodType;
  /** What the subject is. Default: a rotation. */
  readonly subject?: string;
};

/** The whole event as it is sent, draft 2020-12; its `$id` is what the event names as its `dataschema`. */
export function eventJsonSchema({
  name,
  data,
  subject = 'Name of the rotation.',
}: Described): Readonly<Record<string, unknown>> {
  const event = z.strictObject({
    specversion: z.literal('1.0').describe('Of CloudEvents.'),
    id: z.string().describe('The same on every try: whoever has it already may pass over it.'),
    source: z.string().describe('Which Rotor.'),
    type: z.literal(typeOf(name)).describe('What happened.'),
    subject: z.string().describe(subject),
    time: z.iso.datetime().describe('When it happened, not when it was sent.'),
    datacontenttype: z.literal('application/json').describe('Of `data`.'),
    dataschema: z.literal(schemaIdOf(name)).describe('This schema.'),
    data,
  });
  const { $schema, ...rest } = z.toJSONSchema(event, { target: 'draft-2020-12' });
  return { $schema, $id: schemaIdOf(name), title: typeOf(name), ...rest };
}
