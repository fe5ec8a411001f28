import { z } from 'zod';

export const time = z.iso.datetime().describe('RFC 3339, in UTC.');

export const problem = z.strictObject({
  code: z.string().describe('One of the closed list of codes of Rotor.'),
  detail: z.string().describe('A sentence for a person.'),
});
