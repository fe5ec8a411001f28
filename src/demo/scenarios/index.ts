import { driftScenarios } from './drift.js';
import { elasticCloudScenarios } from './elastic-cloud.js';
import { fleetScenarios } from './fleet.js';
import type { Scenario } from './scenario.js';

export { DEPLOYMENT, MANAGED_DEPLOYMENT, type DemoIssuer, type Scenario, type Stage } from './scenario.js';

/** Everything that `--fault` can break. */
export const scenarios: readonly Scenario[] = [
  ...elasticCloudScenarios,
  ...fleetScenarios,
  ...driftScenarios,
];
