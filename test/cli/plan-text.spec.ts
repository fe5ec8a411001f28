import { expect, it } from '@jest/globals';
import { planText } from '../../src/cli/dry-run.js';

it('a plan says the name of a deployment as it is, also at the beginning', () => {
  const plan = {
    planId: 'plan_1',
    digest: 'd',
    rotation: 'legacy',
    verdict: 'would_refuse',
    resource: null,
    chosen: null,
    tokenChosenBy: null,
    fingerprint: null,
    steps: [],
    targets: [],
    authGapEstimateMs: null,
    warnings: [],
    detail: 'legacy-staging / main-apm: the issuer is the wrong one.',
    expiresAt: '2026-12-01T03:00:00.000Z',
  } as unknown as Parameters<typeof planText>[0];
  expect(planText(plan).split('\n')[0]).toBe(
    'legacy: would be refused: legacy-staging / main-apm: the issuer is the wrong one.',
  );
});
