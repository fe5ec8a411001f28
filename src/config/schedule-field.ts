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
