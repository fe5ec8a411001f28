import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const Settings = z.object({
  name: z.string(),
  tokenFile: z.string(),
  pidFile: z.string(),
  statusFile: z.string(),
  caFile: z.string(),
  apmUrl: z.url(),
  ratePerSecond: z.number().positive(),
  apiRequestTimeMs: z.int().positive(),
});

/** What the supervisor of one real agent is started with; never a token, only the file that holds it. */
export type Settings = z.infer<typeof Settings>;

export async function readSettings(path: string): Promise<Settings> {
  return Settings.parse(JSON.parse(await readFile(path, 'utf8')));
}
