import type { Millis } from '../rotation/run.js';

/** As RFC 3339 by the wall clock of a zone, with its offset: 2026-12-01T03:12:00+01:00 */
export function zonedTime(at: Millis, timezone: string): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  // "GMT" where there is no offset.
  const offset = part['timeZoneName']?.slice('GMT'.length) || '+00:00';
  return `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:${part['second']}${offset}`;
}
