import type { Millis } from '../../rotation/run.js';

export type PlannedRotation = {
  readonly name: string;
  /** When what follows was last changed: the token in force became current then. */
  readonly plannedAt: Millis;
  readonly starts: readonly Millis[];
};

const MINUTE_MS = 60_000;
/** Nobody knows how long a run takes; an entry of no length is drawn by few programs. */
const SHOWN_MS = 15 * MINUTE_MS;
const LINE_BYTES = 75;

/**
 * iCalendar (https://www.rfc-editor.org/rfc/rfc5545), with the name and the interval of
 * https://www.rfc-editor.org/rfc/rfc7986. What says the same is the same text, whenever it is asked for.
 */
export function calendarOf(rotations: readonly PlannedRotation[]): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Rotor//Rotations//EN',
    'CALSCALE:GREGORIAN',
    'NAME:Rotations of APM tokens',
    'X-WR-CALNAME:Rotations of APM tokens',
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    ...rotations.flatMap((rotation) => rotation.starts.flatMap((start) => entryOf(rotation, start))),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function entryOf({ name, plannedAt }: PlannedRotation, start: Millis): string[] {
  return [
    'BEGIN:VEVENT',
    `UID:${name}-${utc(start)}@rotor`,
    `DTSTAMP:${utc(plannedAt)}`,
    `DTSTART:${utc(start)}`,
    `DTEND:${utc(start + SHOWN_MS)}`,
    `SUMMARY:${text(`Rotation of ${name}`)}`,
    `DESCRIPTION:${text('If nothing else happens, a run starts then by schedule.\nrotor plan ' + name)}`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}

function utc(at: Millis): string {
  return new Date(at).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

function text(value: string): string {
  return value.replaceAll(/[\\;,]/g, (one) => `\\${one}`).replaceAll(/\r?\n/g, '\\n');
}

/** Never in the middle of a character: the length of a line is in bytes. */
function folded(line: string): string {
  const parts: string[] = [''];
  for (const character of line) {
    const last = parts.at(-1) ?? '';
    if (Buffer.byteLength(last + character) <= LINE_BYTES) parts[parts.length - 1] = last + character;
    else parts.push(` ${character}`);
  }
  return parts.join('\r\n');
}
