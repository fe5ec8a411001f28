import type { EventData } from '../events/schemas.js';
import type { Said } from './said.js';

type Data = EventData<'approval.requested'>;
type Say = (data: Data, subject: string) => Said;

/** What is said of requests for approval, for people. */
export const SAID_OF_APPROVALS = {
  'approval.requested': ({ approval }, subject) => ({
    tone: 'news',
    title: `A new token of ${subject} waits for approval`,
    facts: [
      ['Asked by', `${approval.requestedBy}: ${approval.reason}`],
      ['Until', approval.expiresAt],
      ['Approval', approval.id],
    ],
    next: `rotor approve ${approval.id}`,
  }),
  'approval.granted': ({ approval }, subject) => ({
    tone: 'good',
    title: `A new token of ${subject} is approved`,
    ...(approval.comment !== null && { detail: approval.comment }),
    facts: [['Approved by', approval.decidedBy ?? 'somebody'], ...factsOf(approval)],
    ...(approval.run !== null && { run: approval.run }),
  }),
  'approval.rejected': ({ approval }, subject) => ({
    tone: 'warning',
    title: `A new token of ${subject} is rejected`,
    ...(approval.comment !== null && { detail: approval.comment }),
    facts: [['Rejected by', approval.decidedBy ?? 'somebody'], ...factsOf(approval)],
  }),
  'approval.expired': ({ approval }, subject) => ({
    tone: 'warning',
    title:
      approval.decidedBy === null
        ? `Nobody has decided on a new token of ${subject} in time`
        : `The approval of a new token of ${subject} was not used in time`,
    facts: factsOf(approval),
    next: `rotor rotate ${subject}`,
  }),
  'approval.superseded': ({ approval }, subject) => ({
    tone: 'news',
    title: `Nobody has to decide on a new token of ${subject} any more`,
    ...(approval.comment !== null && { detail: approval.comment }),
    facts: factsOf(approval),
    next: `rotor describe approval ${approval.id}`,
  }),
} as const satisfies Readonly<Record<string, Say>>;

function factsOf({ id, requestedBy, reason, run }: Data['approval']): (readonly [string, string])[] {
  return [
    ['Asked by', `${requestedBy}: ${reason}`],
    ['Approval', id],
    ...(run === null ? [] : [['Run', run] as const]),
  ];
}
