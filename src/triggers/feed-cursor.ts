import type { FeedPosition } from '../journal/feed.js';
import { RotorError } from '../rotation/errors.js';

const FORM = /^[0-9]{1,10}\.[0-9]{1,10}(\.[0-9]{1,10}-[0-9]{1,10})*$/;

/** How far somebody has read, as a text that clients hand back unread. */
export function feedCursorOf({ runs, acts, open }: FeedPosition): string {
  return [runs, acts, ...[...open].map(([number, seq]) => `${number}-${seq}`)].join('.');
}

/** Throws `request_invalid` where the text is no cursor. */
export function feedPositionOf(cursor: string): FeedPosition {
  if (!FORM.test(cursor))
    throw new RotorError('request_invalid', 'the cursor is none that a list of events has given', {
      hint: 'Begin without one, and follow the `next` of each page, or the id of each event.',
    });
  const [runs, acts, ...open] = cursor.split('.');
  const pairs = open.map((pair) => pair.split('-').map(Number) as [number, number]);
  return { runs: Number(runs), acts: Number(acts), open: new Map(pairs) };
}
