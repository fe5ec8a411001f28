import { asRotorError } from '../../rotation/errors.js';
import type { Wanted } from '../begin.js';
import type { Client } from '../client.js';
import { follow } from '../follow.js';
import { show, type Output } from '../output.js';
import { printNote } from '../print.js';
import type { Stay } from '../stay.js';
import { isOpen, untilDecided } from './await.js';
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
  const asked = await askedFor(client, wanted);
  if (stay.how === 'leave') {
    await showOne(asked, options);
    printNote(
      `nothing was started: ${wanted.name} needs the approval of somebody else.\nnext: rotor approve ${asked.id}, as somebody else`,
    );
    return 7;
  }
  printNote(
    `${wanted.name} waits for approval until ${asked.expiresAt}, by ${approversOf(asked)}: rotor approve ${asked.id}`,
  );
  return followDecision(client, asked, options, stay);
}

/** As `follow`, of a run that there is only once somebody has decided. */
export async function followDecision(
  client: Client,
  asked: Approval,
  options: Output,
  { how, withinMs }: Stay,
): Promise<number> {
  const began = performance.now();
  const decided = await untilDecided(client, asked, withinMs);
  const { id, rotation, run } = decided;
  if (run !== null) {
    const left =
      withinMs === undefined ? {} : { withinMs: Math.max(1, withinMs - (performance.now() - began)) };
    printNote(`${decisionOf(decided)}; ${run} has started`);
    return follow(client, { id: run, rotation }, options, { how, ...left });
  }
  await showOne(decided, options);
  if (isOpen(decided)) return 8;
  printNote(`${decisionOf(decided)}\nnext: rotor describe approval ${id} · rotor rotate ${rotation}`);
  return 7;
}

export async function showOne(approval: Approval, options: Output): Promise<void> {
  await show(approval, options, { table: () => approvalText(approval), names: () => [approval.id] });
}

async function askedFor(client: Client, { name, reason, plan }: Wanted): Promise<Approval> {
  try {
    return await client.approvals.ask(name, reason, plan);
  } catch (error) {
    const { code, approvalId } = asRotorError(error);
    if (code !== 'approval_pending' || approvalId === undefined) throw error;
    const pending = await client.approvals.one(approvalId);
    printNote(`${pending.requestedBy} has asked for it already: ${pending.reason}`);
    return pending;
  }
}
