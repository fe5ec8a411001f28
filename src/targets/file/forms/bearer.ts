import type { Form } from './form.js';

/** The file of the Collector's bearertokenauth: the token alone. Of several lines, a client sends the first. */
export const bearerForm: Form = {
  read: (text) => {
    const [first = ''] = text.split(/\r?\n/);
    return first === '' ? undefined : first;
  },
  write: (_text, token) => token,
  rest: () => new Map(),
};
