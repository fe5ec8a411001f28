import { z } from 'zod';

const linkToken = z
  .string()
  .exactOptional()
  .describe('A token that may do nothing but this, in the place of the header.');

export const AskBadge = z.strictObject({
  token: linkToken,
  rotation: z.string().exactOptional().describe('Of this one alone. Default: the worst of all.'),
});

export const AskCalendar = z.strictObject({ token: linkToken });
