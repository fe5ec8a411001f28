import type { Code } from '../../rotation/errors.js';
import type { Page } from './page.js';

/** Why a token was not changed, or is not where it should be. */
export const rotationPages = {
  not_rotatable: {
    means:
      'The token of this deployment cannot be changed in the way that the config asks for: `_reset-token` works for standalone APM only, and a token that Elastic Agent manages lives in Kibana Fleet. Nothing was changed.',
    todo: [
      'Leave `issuer` out (`auto` asks the deployment), and give `kibana` credentials that may edit Fleet policies.',
      '`docs/which-issuer.md` has the table.',
    ],
  },
  resource_unavailable: {
    means:
      'The deployment, or its APM Server, is stopped, has no address, or cannot be seen in that Kibana space.',
    todo: ['Start it, or correct `select` and `kibana.space`; `rotor doctor` looks again.'],
  },
  resource_ambiguous: {
    means: 'Several deployments or policies match, and Rotor does not guess.',
    todo: ['Name the one: `select.deployment` by its id, `select.refId`, or `select.policy`.'],
  },
  token_unreadable: {
    means:
      'The token in force cannot be read, so that a lost answer of a reset could not be recovered. Nothing was changed.',
    todo: ['Give the key the privilege to read the plan (Elastic Cloud) or the policy (Fleet).'],
  },
  token_unusable: {
    means: 'The token in force is empty or cannot be sent in a header.',
    todo: ['Set another one by hand in the console, then `rotor adopt NAME`.'],
  },
  token_not_taken: {
    means: 'The issuer keeps the token in another form than it was given. The previous one was set again.',
    todo: [
      'See whether something between Rotor and Kibana changes requests; `rotor verify NAME` shows what holds.',
    ],
  },
  mode_changed: {
    means:
      'The APM Server has come to be managed by Elastic Agent, or ceased to be, while the run was under way.',
    todo: [
      '`rotor verify NAME` shows which token is in force; start a new run: `issuer: auto` finds the new issuer.',
    ],
  },
  token_refused: {
    means:
      'The APM Server refuses the token that the issuer shows, or that the store holds as current: agents that have it are refused too.',
    todo: [
      '`rotor adopt NAME` stores and delivers the token in force.',
      '`rotor verify NAME` shows who has which token.',
    ],
  },
  authentication_open: {
    means:
      'The APM Server accepts a random token: its authentication is switched off, and no rotation can prove anything.',
    todo: ['Set a secret token, or API keys, for the APM Server, then ask again.'],
  },
  instances_disagree: {
    means:
      'Of several fresh connections some accept the new token and some do not: an instance of the APM Server stays on another token. Both tokens are in the store.',
    todo: [
      'Restart that instance. The run looks once a minute and goes on by itself; `rotor retry RUN` looks at once.',
    ],
  },
  not_accepted: {
    means: 'The APM Server has not accepted the new token in the time that `verify.acceptDeadline` gives it.',
    todo: [
      'See in the console whether the plan or the policy is still being applied. The run goes on by itself once it is.',
    ],
  },

  store_denied: {
    means: 'The store does not let Rotor do what it needs. The sentence names the action.',
    todo: ['Allow it in the policy of the role: `docs/aws-secrets-manager.md` has all of them.'],
  },
  store_missing: {
    means: 'The secret, or the version of it, is not there.',
    todo: [
      'Correct `store.secretId` and `store.region`, or let Rotor make the secret with `rotor adopt NAME`.',
    ],
  },
  store_refused: {
    means:
      'The secret is of a kind that Rotor does not write to: AWS rotates it by itself, another service owns it, or it is a replica.',
    todo: [
      'Name another secret, or switch that rotation off; with `drivenBy: aws` AWS drives Rotor instead.',
    ],
  },
  store_conflict: {
    means:
      'Somebody else has moved the current version of the secret in the meantime. Nothing of theirs was overwritten.',
    todo: [
      'Find out who else writes to it. `rotor verify NAME` shows what holds; a run tries again by itself.',
    ],
  },
  store_unavailable: {
    means: 'The store cannot be reached, or has failed.',
    todo: ['Nothing, if it passes: a run goes on by itself. `rotor doctor` shows the address.'],
  },

  target_refused: {
    means:
      'A target is not in a state in which a delivery would be of use: its agents would not read the token, or would send it without TLS. Nothing was delivered to it.',
    todo: ['The sentence names the setting; `docs/agents.md` says what agents read, and when.'],
  },
  target_failed: {
    means:
      'A delivery failed: a command of it, its system, or its instances do not come to run with the token. The token itself is changed, and current in the store.',
    todo: ['Repair what the sentence names, then `rotor redeliver NAME --target TARGET`.'],
  },
} satisfies Partial<Record<Code, Page>>;
