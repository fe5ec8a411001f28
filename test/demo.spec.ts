import { describe, expect, it } from '@jest/globals';
import { parting } from '../src/demo/account.js';
import { scenarios } from '../src/demo/scenarios/index.js';
import { ALWAYS_TRIED, demo, endAsNamed, LONGEST_MS } from './demo-command.js';
import { endings } from './demo-endings.js';

describe('rotor demo', () => {
  it('knows an ending for every fault that it offers', () => {
    expect(scenarios.map(({ name }) => name).toSorted()).toEqual(Object.keys(endings).toSorted());
  });

  it.each(['failed', 'partial', null] as const)(
    'sends nobody to a service that is gone where the run ended as %s',
    (outcome) => {
      const said = parting(outcome).join('\n');
      expect(said).toContain('The sandbox has ended');
      expect(said).toMatch(/\nnext: rotor demo --fault list$/);
    },
  );

  it.concurrent(
    'rotates a token in the sandbox to the end and shows what it cost',
    async () => {
      const { exit, shown } = await demo('--seed', '7');
      expect({ exit, outcome: shown.outcome }).toEqual({ exit: 0, outcome: 'succeeded' });
      expect(shown.fingerprints.current).toMatch(/^[0-9a-f]{8}$/);
      expect(shown.fingerprints.current).not.toBe(shown.fingerprints.previous);
      expect(shown.events.lost).toBe(shown.events.sent - shown.events.accepted);
      expect(shown.events.accepted).toBeGreaterThan(0);
      expect(shown.authGapMs).toBeGreaterThan(0);
      expect(shown.steps.map(({ name }) => name)).toEqual([
        'prepare',
        'anchor',
        'reset',
        'accept',
        'promote',
        'settle',
        'deliver',
      ]);
      expect(shown.holds).toEqual({ acceptedIsStored: true, acceptedIsCurrent: true, accepted: 1 });
    },
    LONGEST_MS,
  );

  it.concurrent(
    'rotates a token of Fleet too, and says why it is set there',
    async () => {
      const { exit, shown } = await demo('--issuer', 'fleet');
      expect({ exit, outcome: shown.outcome }).toEqual({ exit: 0, outcome: 'succeeded' });
      expect(shown.chosen).toContain('its token is set in Kibana Fleet');
      expect(shown.steps.map(({ name }) => name)).toEqual([
        'prepare',
        'set',
        'accept',
        'promote',
        'settle',
        'deliver',
      ]);
      expect(shown.holds).toMatchObject({ acceptedIsStored: true, acceptedIsCurrent: true });
    },
    LONGEST_MS,
  );

  // demo.campaign-spec.ts has the others.
  endAsNamed(ALWAYS_TRIED);
});
