import { writeFile } from 'node:fs/promises';
import { DEPLOYMENT, MANAGED_DEPLOYMENT, type Scenario } from './scenario.js';

/** What goes wrong between two runs, and is found by the watch. */
export const driftScenarios: readonly Scenario[] = [
  {
    name: 'changed-outside',
    says: 'after the run a colleague resets the token in the console',
    afterwards: ({ sandbox }) => sandbox.deployment(DEPLOYMENT).resetByColleague(),
  },
  {
    name: 'store-edited',
    says: 'after the run somebody puts another value into the secret',
    afterwards: ({ secrets, secretId }) => void secrets.moveLabelBySomeoneElse(secretId),
  },
  {
    name: 'old-token-back',
    says: 'after the run GitOps puts the old token back into the Fleet policy',
    issuer: 'fleet',
    afterwards: ({ sandbox, tokenBefore }) =>
      sandbox.deployment(MANAGED_DEPLOYMENT).kibana.editToken(tokenBefore),
  },
  {
    name: 'target-behind',
    says: 'after the run the old token is put back into the file of one target',
    afterwards: async ({ targets, tokenBefore }) => {
      const target = targets.at(-1);
      if (target) await writeFile(target.path, tokenBefore);
    },
  },
];
