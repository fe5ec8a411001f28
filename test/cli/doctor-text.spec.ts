import { describe, expect, it } from '@jest/globals';
import { doctorText } from '../../src/cli/doctor-text.js';

describe('what `rotor doctor` prints', () => {
  const missing = {
    check: 'config',
    state: 'fail',
    detail: 'EC_API_KEY is not set',
    hint: 'Set it.',
  } as const;
  const well = { check: 'store', state: 'ok', detail: 'It is readable.' } as const;

  it('says one cause once, with the rotations that it concerns', () => {
    const names = ['billing', 'checkout', 'orders', 'search', 'wallet'];
    const found = [
      { rotation: null, ...missing },
      ...names.map((rotation) => ({ rotation, ...missing })),
      { rotation: 'search', ...well },
    ];
    expect(doctorText(found)).toBe(
      [
        'fail  config  EC_API_KEY is not set',
        '              in: billing, checkout, orders and 2 more rotations',
        '              hint: Set it.',
        'search:',
        'ok    store   It is readable.',
      ].join('\n'),
    );
  });

  it('says once what several rotations have in common, and the service has not', () => {
    const found = ['billing', 'checkout'].map((rotation) => ({ rotation, ...missing }));
    expect(doctorText(found).match(/is not set/g)).toHaveLength(1);
    expect(doctorText(found)).toContain('in: billing, checkout\n');
  });

  it('says below each rotation what is true of that one, and what is well', () => {
    const found = [
      { rotation: 'billing', ...well },
      { rotation: 'billing', ...missing },
      { rotation: 'search', ...well },
    ];
    expect(doctorText(found).split('\n')).toEqual([
      'billing:',
      'ok    store   It is readable.',
      'fail  config  EC_API_KEY is not set',
      '              hint: Set it.',
      'search:',
      'ok    store   It is readable.',
    ]);
  });
});
