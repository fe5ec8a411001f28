import { describe, expect, it } from '@jest/globals';
import { shortened, wellFormed } from '../../src/rotation/well-formed.js';
import { problemOf } from '../../src/targets/kubernetes/errors.js';
import { ApiRefusal } from '../../src/targets/kubernetes/api.js';

const SIGN = '🚫';

describe('texts of others', () => {
  it('lose a NUL and half a character, wherever they stand, and nothing else', () => {
    const fit = { text: `${SIGN} \\u0000 \\ud83d`, list: ['\n', 1, null, true] };
    expect(wellFormed(fit)).toStrictEqual(fit);
    expect(wellFormed({ a: ['x\0', { b: `y${SIGN.charAt(0)}` }], c: 3, d: null, e: SIGN })).toEqual({
      a: ['x', { b: 'y\uFFFD' }],
      c: 3,
      d: null,
      e: SIGN,
    });
  });

  it('are never cut within a character', () => {
    expect(shortened('abc', 3)).toBe('abc');
    expect(shortened('abcd', 3)).toBe('ab…');
    expect(shortened(`a${SIGN}bcd`, 3)).toBe('a…');
    expect(shortened(`a${SIGN}bcd`, 4)).toBe(`a${SIGN}…`);
    const refusal = new ApiRefusal(403, 'Forbidden', `${'x'.repeat(298)}${SIGN} policy`, undefined);
    expect(problemOf('deployment shop/web', refusal).what.isWellFormed()).toBe(true);
  });
});
