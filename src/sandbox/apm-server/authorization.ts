import { fingerprintOf, type Fingerprint } from '../../rotation/secret.js';

/** `open`: the server runs with neither a secret token nor API keys configured. Without a token, API keys alone count. */
export type AuthSettings = { readonly token: string | undefined; readonly open: boolean };

export type Judgement = {
  readonly outcome: 'accepted' | 'refused' | 'anonymous';
  /** May go on: accepted, or anyone while authentication is open. */
  readonly passes: boolean;
  /** What a 401 says. */
  readonly message: string;
  readonly fingerprint?: Fingerprint;
};

// All texts: elastic/apm-server internal/beater/auth/authenticator.go
const FAILED = 'authentication failed';
const EXPECTED =
  "expected 'Authorization: Bearer secret_token' or 'Authorization: ApiKey base64(API key ID:API key)'";

/**
 * elastic/apm-server internal/beater/auth/{header,authenticator}.go: split at the first space, scheme words exactly
 * `Bearer` and `ApiKey`. API keys are off here, so each one is refused.
 */
export function judge(authorization: string | undefined, settings: AuthSettings): Judgement {
  const { scheme, credential } = split(authorization ?? '');
  if (scheme === '') {
    const message = `${FAILED}: missing or improperly formatted Authorization header: ${EXPECTED}`;
    return { outcome: 'anonymous', passes: settings.open, message };
  }
  const fingerprint = fingerprintOf(credential);
  if (settings.open) return { outcome: 'accepted', passes: true, message: '', fingerprint };
  if (scheme === 'Bearer' && credential === settings.token) {
    return { outcome: 'accepted', passes: true, message: '', fingerprint };
  }
  const message = ['Bearer', 'ApiKey'].includes(scheme)
    ? FAILED
    : `${FAILED}: unknown Authentication header ${scheme}: ${EXPECTED}`;
  return { outcome: 'refused', passes: false, message, fingerprint };
}

function split(authorization: string): { scheme: string; credential: string } {
  const space = authorization.indexOf(' ');
  if (space <= 0) return { scheme: '', credential: '' };
  return { scheme: authorization.slice(0, space), credential: authorization.slice(space + 1) };
}
