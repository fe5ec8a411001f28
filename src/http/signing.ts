import { Webhook } from 'standardwebhooks';
import { RotorError } from '../rotation/errors.js';
import type { Secret } from '../rotation/secret.js';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const FORM = /^(?:whsec_)?([A-Za-z0-9+/]+={0,2})$/;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/**
 * The headers of Standard Webhooks, signed with each of the secrets, so that a receiver may know any of them. Throws
 * `config_invalid` for one that is none.
 */
export function signedHeaders(
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
  secrets: readonly Secret[],
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => signerOf(secret).sign(id, at, body)).join(' '),
  };
}

/** Throws `config_invalid`, without a character of it. */
export function assertSigningSecret(secret: Secret): void {
  signerOf(secret);
}

function signerOf(secret: Secret): Webhook {
  const encoded = FORM.exec(secret.reveal())?.[1] ?? '';
  const { length } = Buffer.from(encoded, 'base64');
  if (length >= LEAST_BYTES && length <= MOST_BYTES) return new Webhook(encoded);
  const found = encoded === '' ? 'is not base64' : `has ${length} bytes`;
  throw new RotorError(
    'config_invalid',
    `a signing secret of a webhook ${found}, expected ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64`,
    { hint: 'Make one with: echo "whsec_$(openssl rand -base64 32)"' },
  );
}
