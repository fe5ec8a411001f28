import { Client } from '../client.js';
import type { Output } from '../output.js';
import { listRuns, showRuns, type RunsOptions } from '../runs.js';
import { overview } from '../status.js';

export type RotationsOptions = Output & { readonly selector?: string; readonly state?: string };

export async function getRotations(name: string | undefined, options: RotationsOptions): Promise<number> {
  const { selector, state } = options;
  const client = await Client.fromEnvironment();
  // Throws where there is none of this name.
  if (name !== undefined) return overview([await client.rotation(name)], options);
  const rotations = await client.rotations({ selector, state: state?.replaceAll(' ', '_') });
  return overview(rotations, options, { selector, state });
}

export async function getRuns(
  id: string | undefined,
  { rotation, ...options }: RunsOptions & { readonly rotation?: string },
): Promise<number> {
  if (id === undefined) return listRuns(rotation, options);
  const client = await Client.fromEnvironment();
  const run = await client.run(id);
  await showRuns(run, [run], options);
  return 0;
}
