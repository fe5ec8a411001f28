import { asRotorError, RotorError } from '../../rotation/errors.js';
import type { Wanted } from '../begin.js';
import type { Client } from '../client.js';
import { follow } from '../follow.js';
import { show, type Output } from '../output.js';
import { printNote } from '../print.js';
import type { Stay } from '../stay.js';
import { untilDecided } from './await.js';
import type { Approval } from './service.js';
import { approvalText, approversOf, decisionOf } from './text.js';

/**
 * Asks for what a run needs before there is one; where somebody has asked already, that is what is waited for. Exit code
 * 7 where it was not granted (yet), 8 where it is no longer waited for; else what became of the run.
 */
export async function askApproval(
  client: Client,
  wanted: Wanted,
  options: Output,
  stay: Stay,
): Promise<number> {
  const { asked, isNew } = await askedFor(client, wanted);
  if (!isNew) printNote(`${asked.requestedBy} has asked for it already: ${asked.reason}`);
  if (stay.how === 'leave') {
    await showOne(asked, options);
    printNote(`nothing was started: ${wanted.name} needs the approval of somebody else.`);
    // Who has asked before may be another, and then whoever asks now may be the one who approves.
    printNote(`next: rotor approve ${asked.id}${isNew ? ', as somebody else' : ''}`);
    return 7;
  }
  const note = `${wanted.name} waits for approval until ${asked.expiresAt}, by ${approversOf(asked)}: rotor approve ${asked.id}`;
  return followDecision(client, asked, options, { stay, note });
}

/** As `follow`, of a run that there is only once somebody has decided; `note` says what is waited for. */
export async function followDecision(
  client: Client,
  asked: Approval,
  options: Output,
  { stay: { how, withinMs }, note }: { readonly stay: Stay; readonly note?: string },
): Promise<number> {
  const began = performance.now();
  const { approval, left } = await untilDecided(client, asked, { withinMs, note });
  const { id, rotation, run } = approval;
  if (run !== null) {
    const rest =
      withinMs === undefined ? {} : { withinMs: Math.max(1, withinMs - (performance.now() - began)) };
    printNote(`${decisionOf(approval)}; ${run} has started`);
    return follow(client, { id: run, rotation }, options, { how, ...rest });
  }
  await showOne(approval, options);
  if (left === undefined)
    printNote(`${decisionOf(approval)}\nnext: rotor describe approval ${id} · rotor rotate ${rotation}`);
  else printNote(`${left}; ${id} waits on.\nnext: rotor describe approval ${id}`);
  return left === undefined ? 7 : 8;
}

export async function showOne(approval: Approval, options: Output): Promise<void> {
  await show(approval, options, { table: () => approvalText(approval), names: () => [approval.id] });
}

/** `isNew`: false where somebody has asked already. Throws `approval_pending` where that is by another plan. */
export async function askedFor(
  client: Client,
  { name, reason, plan }: Omit<Wanted, 'mode'>,
): Promise<{ readonly asked: Approval; readonly isNew: boolean }> {
  try {
    return { asked: await client.approvals.ask(name, reason, plan), isNew: true };
  } catch (error) {
    const { code, approvalId } = asRotorError(error);
    if (code !== 'approval_pending' || approvalId === undefined) throw error;
    const asked = await client.approvals.one(approvalId);
    if (plan !== undefined && asked.planId !== plan) throw ofAnotherPlan(asked);
    return { asked, isNew: false };
  }
}

/** What was agreed to is what is started, or nothing. */
function ofAnotherPlan({ id, rotation, requestedBy }: Approval): RotorError {
  return new RotorError(
    'approval_pending',
    `${requestedBy} has asked for a new token of ${rotation} already, and not by this plan: ${id}`,
    {
      approvalId: id,
      effect: 'not_applied',
      hint: `Wait for that one with \`rotor rotate ${rotation} --wait\`, or have it rejected and ask again.`,
    },
  );
}
