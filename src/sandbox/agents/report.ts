import { z } from 'zod';

const Report = z.object({ state: z.enum(['running', 'stopped']), sent: z.int().nonnegative() });

/** What a worker tells its supervisor, and the supervisor, summed up, tells the sandbox. */
export type Report = z.infer<typeof Report>;

export function parseReport(message: unknown): Report {
  return Report.parse(message);
}
