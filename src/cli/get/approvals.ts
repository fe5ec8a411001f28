import { timesFor } from '../age.js';
import { showOne } from '../approvals/ask.js';
import { approvalTable, wideApprovalTable } from '../approvals/text.js';
import type { Approval } from '../approvals/service.js';
import { Client } from '../client.js';
import { limitOf, MOST } from '../limit.js';
import { noneOf } from '../none.js';
import { show, type Output } from '../output.js';
import { printNote } from '../print.js';

export type ApprovalsOptions = Output & {
  readonly selector?: string;
  readonly rotation?: string;
  readonly state?: string;
  readonly limit: string;
};

/** Newest first, or the one of this id. */
export async function getApprovals(
  id: string | undefined,
  { selector, rotation, state, limit, ...options }: ApprovalsOptions,
): Promise<number> {
  const client = await Client.fromEnvironment();
  if (id !== undefined) {
    const one = await client.approvals.one(id);
    await showAll(one, [one], options);
    return 0;
  }
  // A rotation that the service does not know is more likely a slip of the pen than one without requests.
  if (rotation !== undefined) await client.rotation(rotation);
  const found = await client.approvals.list({ selector, rotation, state, limit: limitOf(limit) });
  await showAll(found, found.approvals, options, noneOf('approvals', { selector, rotation, state }));
  if (found.next !== null) printNote(`there are more; show them with --limit (up to ${MOST})`);
  return 0;
}

export async function describeApproval(id: string, options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const approval = await client.approvals.one(id);
  await showOne(approval, options);
  if (approval.state === 'pending') printNote(`next: rotor approve ${id} · rotor reject ${id} --reason …`);
  return 0;
}

async function showAll(
  whole: object,
  approvals: readonly Approval[],
  options: Output,
  none?: string,
): Promise<void> {
  await show(whole, options, {
    table: () => approvalTable(approvals, timesFor(options)),
    wide: () => wideApprovalTable(approvals),
    names: () => approvals.map((one) => one.id),
    items: () => approvals,
    none,
  });
}
