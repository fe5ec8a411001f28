import { describe } from '@jest/globals';
import { driftScenarios } from '../src/demo/scenarios/drift.js';
import { fleetScenarios } from '../src/demo/scenarios/fleet.js';
import { endAsNamed } from './demo-command.js';

describe('rotor demo, broken in Fleet or between two runs', () => {
  endAsNamed([...fleetScenarios, ...driftScenarios].map(({ name }) => name));
});
