import { RotorError } from '../rotation/errors.js';
import type { Run } from '../rotation/run.js';

type Place = Pick<Run, 'id' | 'startedAt'>;

/** The last run of a page, as a text that clients hand back unread. */
export function cursorOf({ id, startedAt }: Place): string {
  return Buffer.from(`${startedAt} ${id}`).toString('base64url');
}

/** Throws `request_invalid` where the text is no cursor. */
export function placeOf(cursor: string): Place {
  const [, startedAt, id] =
    /^([0-9]{1,16}) (run_[0-9a-z]+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (startedAt !== undefined && id !== undefined) return { startedAt: Number(startedAt), id };
  throw new RotorError('request_invalid', 'the cursor is none that a list of runs has given', {
    hint: 'Begin without one, and follow the `Link` of each page.',
  });
}
