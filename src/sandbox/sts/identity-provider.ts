import { randomUUID } from 'node:crypto';
import { errors, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { StsError } from './sts-error.js';

/** Who a token is for, as EKS and GitHub Actions write it. */
export const STS_AUDIENCE = 'sts.amazonaws.com';

const ISSUER = 'https://oidc.sandbox.example';
const ALGORITHM = 'RS256';
const HOUR_MS = 3_600_000;

export type IdentityClaims = {
  /** `system:serviceaccount:rotor:rotor`, `repo:acme/deploy:ref:refs/heads/main`. */
  readonly subject: string;
  readonly audience?: string;
  /** Default: an hour. */
  readonly lifeMs?: number;
};

export type IdentityProvider = {
  /** A token as it is projected into a file. */
  token(claims: IdentityClaims): Promise<string>;
  /** Who it is for; throws what STS answers to one that it does not take. */
  subjectOf(token: string): Promise<string>;
};

/** The OIDC provider that the account trusts. */
export async function createIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  return {
    token: ({ subject, audience = STS_AUDIENCE, lifeMs = HOUR_MS }) =>
      new SignJWT({ jti: randomUUID() })
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(new Date(Date.now() + lifeMs))
        .sign(privateKey),
    subjectOf: async (token) => {
      try {
        const { payload } = await jwtVerify(token, publicKey, { issuer: ISSUER, audience: STS_AUDIENCE });
        return payload.sub ?? '';
      } catch (error) {
        throw refusalOf(error);
      }
    },
  };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
function refusalOf(error: unknown): StsError {
  if (error instanceof errors.JWTExpired) {
    return new StsError('ExpiredTokenException', 'Token expired: current date/time must be before it.');
  }
  return error instanceof errors.JWTClaimValidationFailed
    ? new StsError('InvalidIdentityToken', 'Incorrect token audience')
    : new StsError('InvalidIdentityToken', 'The web identity token provided could not be validated.');
}
