/** How a demonstration ends that was broken on purpose. */
export type Ending = {
  readonly exit: number;
  readonly verdict: {
    readonly outcome?: string | null;
    readonly reason?: string;
    readonly code?: string;
    readonly state?: string;
    readonly mode?: string;
  };
  readonly stalled?: string;
  /** What the sentence has to name. */
  readonly says: RegExp;
};

const SUCCEEDED: Ending = { exit: 0, verdict: { outcome: 'succeeded' }, says: /accepted and current/ };
const ADOPTED: Ending = { ...SUCCEEDED, verdict: { outcome: 'succeeded', mode: 'adopt' } };
const refused = (code: string, says: RegExp): Ending => ({
  exit: 1,
  verdict: { reason: 'refused', code },
  says,
});

export const endings: Readonly<Record<string, Ending>> = {
  'wrong-key': refused('upstream_unauthenticated', /API key/),
  'unknown-deployment': refused('upstream_not_found', /checkout-pord/),
  'managed-apm': refused('not_rotatable', /Fleet/),
  'pending-plan': refused('upstream_busy', /pending/),
  'failed-plan': { exit: 1, verdict: { reason: 'plan_failed' }, says: /did not go through/ },
  'lost-reply': SUCCEEDED,
  'html-reply': SUCCEEDED,
  'rate-limited': SUCCEEDED,
  'store-denied': refused('store_denied', /PutSecretValue/),
  'store-moved': SUCCEEDED,
  'open-authentication': refused('authentication_open', /switched off/),
  'stuck-instance': {
    exit: 8,
    verdict: { outcome: null, state: 'accepting' },
    stalled: 'instances_disagree',
    says: /instance/,
  },
  'colleague-reset': SUCCEEDED,
  'mode-change': SUCCEEDED,
  'reload-fails': { exit: 4, verdict: { outcome: 'partial', reason: 'targets_failed' }, says: /service-1/ },
  killed: SUCCEEDED,

  'fleet-wrong-key': refused('upstream_unauthenticated', /a key of Elastic Cloud opens no Kibana/),
  'fleet-forbidden': {
    exit: 8,
    verdict: { outcome: null, state: 'setting' },
    stalled: 'upstream_forbidden',
    says: /Fleet > Agent policies: All and Integrations: All/,
  },
  'fleet-wrong-space': refused('resource_unavailable', /space elsewhere/),
  'fleet-two-policies': refused('resource_ambiguous', /"Elastic APM 2".*select\.policy/),
  'fleet-no-apm-input': refused('not_rotatable', /no input of type apm/),
  'fleet-frozen': refused('not_rotatable', /frozen.*restart Kibana/),
  'fleet-secret-reference': SUCCEEDED,
  'fleet-half-write': SUCCEEDED,
  'fleet-lost-reply': SUCCEEDED,
  'fleet-html': SUCCEEDED,
  'fleet-errors': SUCCEEDED,
  'fleet-conflict': SUCCEEDED,
  'fleet-contested': { exit: 1, verdict: { reason: 'contested' }, says: /each time/ },
  'fleet-policy-refused': {
    exit: 1,
    verdict: { reason: 'rolled_back' },
    says: /could not load the APM input.*set again/,
  },
  'fleet-stuck-instance': { exit: 1, verdict: { reason: 'rolled_back' }, says: /not accepted in time/ },
  'fleet-killed': SUCCEEDED,

  'changed-outside': ADOPTED,
  'store-edited': ADOPTED,
  'old-token-back': ADOPTED,
  'target-behind': ADOPTED,
};
