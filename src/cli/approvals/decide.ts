import { asRotorError, RotorError, sentenceOf } from '../../rotation/errors.js';
import { DECLINED, INTERRUPTED, isTerminal } from '../agree.js';
import { Client } from '../client.js';
import { planText } from '../dry-run.js';
import type { Output } from '../output.js';
import { printNote } from '../print.js';
import { stayOf, type StayOptions } from '../stay.js';
import { followDecision, showOne } from './ask.js';
import type { Approval } from './service.js';
import { approvalText, decisionOf } from './text.js';

export type ApproveOptions = Output & StayOptions & { readonly comment?: string; readonly yes?: boolean };

/**
 * Shows what was asked for and what it would do now, asks, and grants it. Exit code 7 where the person does not agree,
 * 130 where they interrupt the question; with --wait or --watch what became of the run. Throws `request_invalid` where
 * there is nobody to ask.
 */
export async function approve(id: string, { comment, yes, ...options }: ApproveOptions): Promise<number> {
  const stay = stayOf(options);
  const client = await Client.fromEnvironment();
  const asked = await client.approvals.one(id);
  // What is decided already is for the service to tell.
  if (asked.state === 'pending' && yes !== true) {
    const answer = await answerOf(client, asked);
    if (answer !== 'yes') return unapproved(id, answer);
  }
  const granted = await client.approvals.approve(id, comment);
  if (stay.how !== 'leave') return followDecision(client, granted, options, { stay });
  await showOne(granted, options);
  const { run, rotation } = granted;
  printNote(
    run === null
      ? `the schedule starts it within its rules; see when with: rotor plan ${rotation}`
      : `started; watch it with: rotor watch ${run}`,
  );
  return 0;
}

/** Also by whoever has asked: that takes it back. */
export async function reject(
  id: string,
  { reason, ...options }: Output & { readonly reason: string },
): Promise<number> {
  const client = await Client.fromEnvironment();
  const rejected = await client.approvals.reject(id, reason);
  await showOne(rejected, options);
  printNote(decisionOf(rejected));
  return 0;
}

type Answer = 'yes' | 'no' | 'interrupted';

function unapproved(id: string, answer: Exclude<Answer, 'yes'>): number {
  if (answer === 'no') {
    printNote(
      `nothing was approved; ${id} waits on\nnext: rotor reject ${id} --reason … · rotor approve ${id}`,
    );
    return DECLINED;
  }
  printNote(`stopped; nothing was approved\nnext: rotor describe approval ${id}`);
  return INTERRUPTED;
}

async function answerOf(client: Client, asked: Approval): Promise<Answer> {
  const { id, rotation } = asked;
  if (!isTerminal())
    throw new RotorError(
      'request_invalid',
      `there is no terminal to show ${id} on and to ask whether you agree; nothing was approved`,
      { hint: `Look at it with \`rotor describe approval ${id}\`, then give --yes.` },
    );
  printNote(approvalText(asked));
  printNote(await planned(client, asked));
  const { confirm, isCancel } = await import('@clack/prompts');
  const message = `Approve it? ${rotation} gets a new token then.`;
  const agreed = await confirm({ message, initialValue: false, output: process.stderr });
  if (isCancel(agreed)) return 'interrupted';
  return agreed ? 'yes' : 'no';
}

/** A look that fails is no reason against it: the service looks again. */
async function planned(client: Client, { id, rotation, planDigest }: Approval): Promise<string> {
  try {
    const seen = await client.plan(rotation);
    // That this request waits is no news to whoever decides it.
    const plan = {
      ...seen,
      warnings: seen.warnings.filter((warning) => !warning.includes(id)),
    };
    if (planDigest === null || planDigest === plan.digest) return planText(plan);
    return `${planText(plan)}\nThis is NOT the plan that was asked about: a yes starts nothing, and ends the request.`;
  } catch (error) {
    return `what it would do now is not known: ${sentenceOf(asRotorError(error))}`;
  }
}
