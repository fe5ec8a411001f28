import type { z } from 'zod';
import { asRotorError } from '../../rotation/errors.js';
import type { BulkStarted } from '../../triggers/api/answers/index.js';
import { problemOf } from '../../triggers/problem.js';
import type { Client } from '../client.js';
import { printNote } from '../print.js';
import { askedFor } from './ask.js';
import type { Approval } from './service.js';
import { approversOf } from './text.js';

type Started = z.output<typeof BulkStarted>;

/** What has become of several at once; each is in one of the lists. */
export type Begun = Started & { readonly asked: readonly Approval[] };

/**
 * What was refused for want of an approval is asked for, one request each, since each is a decision of its own. What
 * cannot be asked for is refused for that, and keeps no other from being asked for.
 */
export async function askForEach(client: Client, started: Started, reason: string): Promise<Begun> {
  const refused: Started['refused'] = [];
  const asked: Approval[] = [];
  for (const refusal of started.refused) {
    const name = refusal.rotation;
    if (refusal.problem.code !== 'approval_required') {
      refused.push(refusal);
      continue;
    }
    try {
      const approval = await askedFor(client, { name, reason });
      asked.push(approval.asked);
      sayAsked(approval);
    } catch (error) {
      refused.push({ rotation: name, problem: problemOf(asRotorError(error)) });
    }
  }
  return { runs: started.runs, asked, refused };
}

function sayAsked({ asked, isNew }: Awaited<ReturnType<typeof askedFor>>): void {
  const { id, rotation, requestedBy, reason, expiresAt } = asked;
  const before = isNew ? '' : `, for which ${requestedBy} has asked already: ${reason}`;
  printNote(
    `${rotation}: not started; waits for approval ${id} until ${expiresAt}, by ${approversOf(asked)}${before}`,
  );
}
