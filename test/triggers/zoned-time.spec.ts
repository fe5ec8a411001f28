import { describe, expect, it } from '@jest/globals';
import { zonedTime } from '../../src/triggers/zoned-time.js';

describe('a time by the clock of a zone', () => {
  it.each([
    ['2026-12-01T02:12:00Z', 'Europe/Berlin', '2026-12-01T03:12:00+01:00'],
    ['2026-07-01T23:30:05Z', 'Europe/Berlin', '2026-07-02T01:30:05+02:00'],
    ['2026-07-01T00:00:00Z', 'UTC', '2026-07-01T00:00:00+00:00'],
    ['2026-01-01T13:00:00Z', 'Australia/Lord_Howe', '2026-01-02T00:00:00+11:00'],
    ['2026-07-01T03:15:00Z', 'America/St_Johns', '2026-07-01T00:45:00-02:30'],
  ])('%s in %s is %s', (utc, zone, local) => {
    expect(zonedTime(Date.parse(utc), zone)).toBe(local);
    expect(Date.parse(local)).toBe(Date.parse(utc));
  });
});
