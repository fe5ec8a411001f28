import { z } from 'zod';

export const NOTIFIER_TEST = 'notifier.test';

/** What a notifier is sent when somebody tries it. */
export const notifierTest = z
  .strictObject({
    notifier: z.string().describe('Its name in the config.'),
    by: z.string().describe('Who has asked for it: a caller of the API.'),
  })
  .describe('Nothing has happened: somebody tries whether events arrive.');

export type NotifierTest = z.output<typeof notifierTest>;
