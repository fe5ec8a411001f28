import { Cron } from 'croner';

const NICKNAME = /^@(yearly|annually|monthly|weekly|daily|hourly)$/i;

/** Why the text is no schedule, or `undefined` where it is one. A schedule that never fires is none. */
export function cronFault(text: string): string | undefined {
  // croner also takes a date (fires once, or never where it is past) and fields of seconds and years: a rotation
  // that fires once, or 60 times a minute, is a mistake.
  if (!NICKNAME.test(text) && text.trim().split(/\s+/).length !== 5) {
    return 'it needs five fields: minute, hour, day of month, month, day of week';
  }
  try {
    return new Cron(text, { paused: true }).nextRun() === null ? 'it never fires' : undefined;
  } catch (error) {
    return sentence(error);
  }
}

/** Whether `Intl` and so croner know the zone, by its IANA name and not as an offset, which has no summer time. */
export function isTimezone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^CronPattern: /, '').replace(/\.$/, '');
}

const WALL_TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$/;

/** A day that its month has, and a time of day, without an offset. */
export function isWallTime(text: string): boolean {
  if (!WALL_TIME.test(text)) return false;
  const utc = new Date(`${text}Z`);
  // A day too many rolls over into the next month.
  return !Number.isNaN(utc.getTime()) && utc.toISOString().startsWith(text);
}

/** In milliseconds since the epoch. A time that the zone's clock skips is the same distance after the gap. */
export function wallTimeMs(text: string, timezone: string): number {
  const [at] = new Cron(text.length === 16 ? `${text}:00` : text, { timezone, paused: true }).nextRuns(
    1,
    new Date(0),
  );
  if (at === undefined) throw new Error(`${text} does not exist in ${timezone}`);
  return at.getTime();
}

/** Between the first two firings of a given year: a cron that fires often leaves little room. */
export function gapOf(cron: string, timezone: string): number {
  const [first, second] = new Cron(cron, { timezone, paused: true }).nextRuns(
    2,
    new Date('2026-01-01T00:00:00Z'),
  );
  return first && second ? second.getTime() - first.getTime() : Number.POSITIVE_INFINITY;
}

/** The time that a clock in the zone shows then, as it is written in the config. */
export function wallTimeIn(ms: number, timezone: string): string {
  // Swedish writes a date and a time of day as ISO 8601 does, but for the T.
  const shown = new Date(ms).toLocaleString('sv-SE', { timeZone: timezone });
  return shown.replace(' ', 'T');
}
