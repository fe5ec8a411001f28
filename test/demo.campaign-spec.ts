import { describe, expect, it } from '@jest/globals';
import { scenarios } from '../src/demo/scenarios/index.js';
import { ALWAYS_TRIED, demo, endAsNamed, LONGEST_MS } from './demo-command.js';

describe('rotor demo, broken on purpose', () => {
  endAsNamed(scenarios.map(({ name }) => name).filter((name) => !ALWAYS_TRIED.includes(name)));
});

describe('rotor demo with a fleet', () => {
  it(
    'reaches each of a hundred services, the canaries first',
    async () => {
      const { exit, shown } = await demo('--fleet', '100');
      expect({ exit, outcome: shown.outcome }).toEqual({ exit: 0, outcome: 'succeeded' });
      const waves = shown.deliveries.map(({ wave, state }) => `${wave} ${state}`);
      const counts = [1, 2, 3, 4].map((wave) => waves.filter((one) => one === `${wave} converged`).length);
      expect(counts).toEqual([2, 9, 41, 51]);
    },
    LONGEST_MS,
  );
});
