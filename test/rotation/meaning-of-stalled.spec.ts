import { describe, expect, it } from '@jest/globals';
import { meaningOf } from '../../src/rotation/meaning.js';
import type { Fingerprint } from '../../src/rotation/secret.js';
import type { Whereabouts } from '../../src/rotation/whereabouts.js';

const fingerprint = '0a1b2c3d' as Fingerprint;

/** The store hands it out, and one of three connections refuses it. */
const seen: Whereabouts = {
  rotation: 'checkout',
  fingerprint,
  issuer: { isLookedAt: true, at: 0, seen: 'in_force' },
  store: {
    isLookedAt: true,
    at: 0,
    seen: {
      kept: [{ version: 'v1' as never, role: 'current', labels: [] }],
      current: fingerprint,
      unreadable: 0,
    },
  },
  server: { isLookedAt: true, at: 0, seen: { accepted: 2, refused: 1, unclear: 0, isOpen: false } },
  targets: [],
};

describe('where a token is while its run is stalled', () => {
  it('is what was seen, and of that run', () => {
    const past = { isKnown: true };
    expect(meaningOf(seen, past)).toMatchObject({
      kind: 'instances_disagree',
      next: 'rotor verify checkout',
    });
    expect(meaningOf(seen, { ...past, stalled: 'run_1' })).toEqual({
      kind: 'on_its_way',
      detail:
        'run_1 has the change on its way, and is stalled. ' +
        'The store hands it out, and a part of the connections to the APM Server refuses it.',
      next: 'rotor watch run_1',
    });
  });
});
