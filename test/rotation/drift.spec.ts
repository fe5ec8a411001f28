import { describe, expect, it } from '@jest/globals';
import { driftOf, type Sighting } from '../../src/rotation/drift.js';
import { FOREIGN, MUTE, NEW, NO, OLD, sight, YES } from './sights.js';

/** All in step on `new`, but for what is named. */
function sighting(over: Partial<Sighting>): Sighting {
  return {
    rotation: 'checkout',
    issuer: sight(),
    store: { current: NEW, staged: [] },
    probes: new Map([[NEW.fingerprint, YES]]),
    bogus: NO,
    last: { current: NEW.fingerprint, previous: OLD.fingerprint },
    behind: [],
    ...over,
  };
}

describe('what is out of step', () => {
  it('is nothing where all agrees, while a change is on its way, and where the APM Server gives no answer', () => {
    expect(driftOf(sighting({}))).toBeUndefined();
    const busy = sight({ busy: 'a plan is pending', current: 'unreadable' });
    expect(driftOf(sighting({ issuer: busy, store: { staged: [] }, probes: new Map() }))).toBeUndefined();
    expect(driftOf(sighting({ probes: new Map([[NEW.fingerprint, MUTE]]), bogus: MUTE }))).toBeUndefined();
  });

  it('is not judged by a token whose acceptance is not clear', () => {
    const issuer = sight({ current: FOREIGN.fingerprint });
    const probes = new Map([
      [NEW.fingerprint, NO],
      [FOREIGN.fingerprint, MUTE],
    ]);
    expect(driftOf(sighting({ issuer, probes }))).toBeUndefined();
  });

  it('is a token that an earlier run has staged, where the APM Server runs with it', () => {
    const probes = new Map([
      [NEW.fingerprint, NO],
      [FOREIGN.fingerprint, YES],
    ]);
    const found = driftOf(sighting({ probes, store: { current: NEW, staged: [FOREIGN] } }));
    expect(found).toMatchObject({ kind: 'changed_outside', adoptable: true });
    expect(found?.detail).toContain('an earlier run has staged');
  });

  it('is a token that the rotation of the store has made current and nobody has delivered, where that drives Rotor', () => {
    const rotated = { last: { current: OLD.fingerprint }, isDriven: true };
    expect(driftOf(sighting(rotated))).toMatchObject({ kind: 'rotated_by_store', adoptable: true });
    expect(driftOf(sighting({ ...rotated, last: {} }))).toMatchObject({ kind: 'rotated_by_store' });
    expect(driftOf(sighting({ ...rotated, last: { current: NEW.fingerprint } }))).toBeUndefined();
    expect(driftOf(sighting({ ...rotated, isDriven: false }))).toBeUndefined();
  });

  it('is a store without a token, while the issuer shows the one that is accepted', () => {
    const found = driftOf(sighting({ store: { staged: [] } }));
    expect(found).toMatchObject({ kind: 'store_edited', adoptable: true, repair: 'rotor adopt checkout' });
  });

  it("is nobody's edit of the store where no run has left a token to compare it with", () => {
    const other = {
      issuer: sight({ current: FOREIGN.fingerprint }),
      probes: new Map([
        [NEW.fingerprint, NO],
        [FOREIGN.fingerprint, YES],
      ]),
    };
    const found = driftOf(sighting({ ...other, last: {} }));
    expect(found).toMatchObject({ kind: 'changed_outside', adoptable: true });
    expect(found?.detail).not.toContain('somebody');
    expect(driftOf(sighting({ ...other, last: { current: OLD.fingerprint } }))?.kind).toBe('store_edited');
  });

  it('names each target that runs with another token', () => {
    expect(driftOf(sighting({ behind: ['web', 'jobs'] }))?.detail).toContain(
      'web, jobs run with another token',
    );
  });
});
