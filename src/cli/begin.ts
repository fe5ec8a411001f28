import { asRotorError } from '../rotation/errors.js';
import type { Client, Started, StartMode } from './client.js';
import { follow } from './follow.js';
import type { Output } from './output.js';
import type { Stay } from './stay.js';

export type Wanted = {
  readonly name: string;
  readonly mode: StartMode;
  readonly reason: string;
  /** Id of a plan. */
  readonly plan?: string | undefined;
};

/** Starts a run, or asks for the approval that it needs. The exit code is that of `follow`, or of `askApproval`. */
export async function begin(client: Client, wanted: Wanted, options: Output, stay: Stay): Promise<number> {
  const started = await startUnlessRefused(client, wanted);
  if (started !== undefined) return follow(client, started, options, stay);
  const { askApproval } = await import('./approvals/ask.js');
  return askApproval(client, wanted, options, stay);
}

async function startUnlessRefused(
  client: Client,
  { name, mode, reason, plan }: Wanted,
): Promise<Started | undefined> {
  try {
    return await client.start(name, mode, reason, plan);
  } catch (error) {
    if (asRotorError(error).code === 'approval_required') return undefined;
    throw error;
  }
}
