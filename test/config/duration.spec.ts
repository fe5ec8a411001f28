import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/config/index.js';
import { RotorError } from '../../src/rotation/errors.js';

const UNITS: readonly [string, number][] = [
  ['ms', 1],
  ['s', 1e3],
  ['m', 6e4],
  ['h', 36e5],
  ['d', 864e5],
];

describe('durations', () => {
  it.each([
    ['30d', 2_592_000_000],
    ['10m', 600_000],
    ['1500ms', 1_500],
    ['2h', 7_200_000],
    ['45s', 45_000],
    ['007s', 7_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('reads any whole number of any unit', () => {
    const unit = fc.constantFrom(...UNITS);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), unit, (count, [each, ms]) => {
        expect(parseDuration(`${count}${each}`)).toBe(count * ms);
      }),
    );
  });

  it('reads back what it writes, whatever the number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('writes the largest unit that divides the number', () => {
    expect([86_400_000, 90_000_000, 61_000, 1_001].map(formatDuration)).toEqual([
      '1d',
      '25h',
      '61s',
      '1001ms',
    ]);
  });

  it('refuses every text of another form, and says which forms there are', () => {
    const other = fc.string().filter((text) => !/^[0-9]+(d|h|m|s|ms)$/.test(text));
    fc.assert(
      fc.property(other, (text) => {
        expect(() => parseDuration(text)).toThrow(RotorError);
        expect(() => parseDuration(text)).toThrow('such as "30d", "10m" or "1500ms"');
      }),
    );
  });

  it.each(['0s', '-1s', '1.5h', '30', 'd', '1 d', '1w', '1h30m', '1D', '30d\n', '99999999999999d', ''])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow('a whole number above 0');
    },
  );
});
