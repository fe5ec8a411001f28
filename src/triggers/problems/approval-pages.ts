import type { Code } from '../../rotation/errors.js';
import type { Page } from './page.js';

/** Why a new token is not allowed, or not yet. */
export const approvalPages = {
  approval_required: {
    means:
      'The config says that each new token of this rotation needs the approval of somebody else (`approval`). Nothing was started.',
    todo: [
      'Ask for it: `rotor rotate NAME`, or `POST /v1/rotations/{name}/approvals`. Where somebody has asked already, `approvalId` and `Location` name that one.',
      'Somebody with the scope `approve` decides: `rotor approve ID`. With it the run starts.',
      'Where it cannot wait: `rotor rotate NAME --emergency` needs no approval, and the audit log says that it had none.',
    ],
  },
  approval_pending: {
    means: 'Somebody has asked for a new token of this rotation already, and nobody has decided yet.',
    todo: [
      '`approvalId` and `Location` name that request: `rotor describe approval ID` shows it, `rotor approve ID` decides.',
      'Whoever has asked withdraws it with `rotor reject ID`; then another one can be asked for.',
    ],
  },
  approval_not_needed: {
    means: 'A new token of this rotation needs no approval, so there is nothing to ask for.',
    todo: ['Start it: `rotor rotate NAME`, or `POST /v1/rotations/{name}/runs`.'],
  },
  approval_ended: {
    means:
      'This request is decided, or its time is over: the sentence says by whom and when. It is never decided twice.',
    todo: ['Ask again: `rotor rotate NAME`.', '`rotor get approvals` lists what waits for somebody.'],
  },
  own_request: {
    means:
      'Whoever asks for a new token is never the one who approves it, whatever scopes they have. The same name with another token, or in a JWT, is the same person.',
    todo: [
      'Somebody else with the scope `approve` decides: `rotor approve ID`.',
      'To withdraw the request: `rotor reject ID --reason TEXT`.',
    ],
  },
  not_an_approver: {
    means:
      'The config names who may approve this rotation (`approval.approvers`), and the caller is none of them.',
    todo: ['The sentence has their names: one of them decides.'],
  },
  precondition_failed: {
    means:
      'What `If-Match` names is another one by now, or the config says something else of what its run does. Nothing was decided.',
    todo: ['Look again, and send the `ETag` of what was looked at.'],
  },
} satisfies Partial<Record<Code, Page>>;
