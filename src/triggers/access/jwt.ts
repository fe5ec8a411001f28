import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose';
import { readFileSync } from 'node:fs';
import { RotorError, asRotorError } from '../../rotation/errors.js';
import { Caller } from './caller.js';
import { parseGrant, type Labels } from './grant.js';

/** Who may sign, for whom, and what the claims of such a token allow; see `server.auth.jwt` in the config. */
export type TrustedIssuer = {
  readonly issuer: string;
  readonly audience: string;
  /** One of the two. */
  readonly jwksUri?: string;
  readonly jwksFile?: string;
  /** The grants of every rule whose claims are all in the token. */
  readonly allow: readonly { readonly claims: Labels; readonly grants: readonly string[] }[];
};

/** Signed by a key pair: with a shared secret, whoever can verify could sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_S = 30;

/** Tokens that other services have signed, of a CI job or a Kubernetes service account: no secret lies anywhere. */
export class TrustedIssuers {
  readonly #issuers: ReadonlyMap<string, TrustedIssuer & { readonly key: JWTVerifyGetKey }>;

  /** Throws `config_invalid` where a file of keys cannot be read. */
  constructor(issuers: readonly TrustedIssuer[]) {
    this.#issuers = new Map(issuers.map((one) => [one.issuer, { ...one, key: keysOf(one) }]));
  }

  /** Throws `unauthenticated`, and `upstream_unreachable` where the keys of the issuer cannot be had. */
  async verify(token: string): Promise<Caller> {
    const trusted = this.#issuers.get(issuerIn(token) ?? '');
    if (!trusted) throw refused('the JWT is of an issuer that the config does not name');
    const { issuer, audience, key, allow } = trusted;
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_S,
      });
      const grants = allow
        .filter(({ claims }) => hasClaims(payload, claims))
        .flatMap((rule) => rule.grants.map(parseGrant));
      // A public issuer signs for anybody: whom no rule names is a stranger here.
      if (grants.length === 0) throw refused(`no rule of the config is for this JWT of ${issuer}`);
      const sub = String(payload.sub);
      return new Caller({ name: `${sub} of ${issuer}`, id: `jwt ${issuer} ${sub}`, known: sub }, grants);
    } catch (error) {
      if (error instanceof RotorError) throw error;
      if (error instanceof errors.JOSEError && !isOfTheFetch(error)) throw said(error, issuer);
      throw new RotorError('upstream_unreachable', `the keys of ${issuer} could not be fetched`, {
        cause: error,
        effect: 'not_applied',
      });
    }
  }
}

function keysOf({ issuer, jwksUri, jwksFile }: TrustedIssuer): JWTVerifyGetKey {
  if (jwksUri !== undefined) return createRemoteJWKSet(new URL(jwksUri));
  if (jwksFile === undefined) throw new Error(`${issuer} has neither jwksUri nor jwksFile`);
  try {
    return createLocalJWKSet(JSON.parse(readFileSync(jwksFile, 'utf8')) as JSONWebKeySet);
  } catch (error) {
    const why = error instanceof SyntaxError ? 'its text is no JSON' : asRotorError(error).message;
    throw new RotorError('config_invalid', `the keys of ${issuer}, ${jwksFile}: ${why}`, {
      hint: 'Give a JSON Web Key Set, such as `kubectl get --raw /openid/v1/jwks` prints.',
    });
  }
}

function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** A claim that is a list has each of its members. */
function hasClaims(payload: JWTPayload, claims: Labels): boolean {
  return Object.entries(claims).every(([name, wanted]) => {
    const value = payload[name];
    return Array.isArray(value) ? value.includes(wanted) : value === wanted;
  });
}

/** What the library says of an answer that is no 200 has no class of its own. */
function isOfTheFetch({ code }: errors.JOSEError): boolean {
  return code === errors.JOSEError.code || code === errors.JWKSTimeout.code;
}

function said(error: errors.JOSEError, issuer: string): RotorError {
  if (error instanceof errors.JWTExpired) return refused(`the JWT of ${issuer} has expired`);
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(`the JWT of ${issuer} has no ${error.claim} that is accepted here`);
  return refused(`the JWT of ${issuer} is not signed by one of its keys, or is damaged`);
}

function refused(why: string): RotorError {
  return new RotorError('unauthenticated', why, {
    hint: 'The config names the issuers, audiences and claims that are accepted: server.auth.jwt.',
  });
}
