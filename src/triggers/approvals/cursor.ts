import type { Approval } from '../../journal/approvals.js';
import { RotorError } from '../../rotation/errors.js';

type Place = Pick<Approval, 'id' | 'requestedAt'>;

/** The last approval of a page, as a text that clients hand back unread. */
export function approvalCursorOf({ id, requestedAt }: Place): string {
  return Buffer.from(`${requestedAt} ${id}`).toString('base64url');
}

/** Throws `request_invalid` where the text is no cursor. */
export function approvalPlaceOf(cursor: string): Place {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, requestedAt, id] = /^([0-9]{1,16}) (apr_[0-9a-z]+)$/.exec(text) ?? [];
  if (requestedAt !== undefined && id !== undefined) return { requestedAt: Number(requestedAt), id };
  throw new RotorError('request_invalid', 'the cursor is none that a list of approvals has given', {
    hint: 'Begin without one, and follow the `Link` of each page.',
  });
}
