import type { MessageEvent } from '@nestjs/common';
import type { Subscriber } from 'rxjs';

/**
 * Sends messages to a reader that stands at `place`. One without an id of its own, such as a ping, has that of the one
 * before: Nest would number it, and a reader that comes back with that number would miss something, or be refused.
 */
export function placed(reader: Subscriber<MessageEvent>, place: string): (message: MessageEvent) => void {
  let last = place;
  return ({ id = last, ...message }) => {
    last = id;
    reader.next({ ...message, id });
  };
}
