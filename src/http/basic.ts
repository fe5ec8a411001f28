import { Secret } from '../rotation/secret.js';

/** What goes after `Basic`, as RFC 7617 has it: UTF-8, no colon in the name. */
export function basicCredential(username: string, password: Secret): Secret {
  return new Secret(Buffer.from(`${username}:${password.reveal()}`, 'utf8').toString('base64'));
}
