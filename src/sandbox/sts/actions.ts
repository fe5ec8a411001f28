import { z } from 'zod';
import { arnOf, type HeldKey, type Keyring } from '../aws/keyring.js';
import type { Random } from '../random.js';
import type { IdentityProvider } from './identity-provider.js';
import { StsError } from './sts-error.js';

/** Whom the trust policy of a role lets in: keys of the account, or one subject of the identity provider. */
export type Trust =
  | { readonly by: 'key'; readonly externalId?: string }
  | { readonly by: 'web-identity'; readonly subject: string };

export type Session = { readonly role: string; readonly name: string; readonly expiresAt: number };

export type StsState = {
  readonly keyring: Keyring;
  readonly identities: IdentityProvider;
  readonly roles: Map<string, Trust>;
  readonly sessions: Session[];
  readonly random: Random;
};

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: an hour, which no role forbids. */
const DEFAULT_SECONDS = 3600;
const role = z.string().regex(/^arn:[^:]+:iam::\d{12}:role\/\S+$/);
const shared = {
  RoleArn: role,
  RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/),
  DurationSeconds: z.coerce.number().int().min(900).max(DEFAULT_SECONDS).default(DEFAULT_SECONDS),
};
const assumeRole = z.object({ ...shared, ExternalId: z.string().min(2).max(1224).optional() });
const withWebIdentity = z.object({ ...shared, WebIdentityToken: z.string().min(4).max(20_000) });

export type Form = Readonly<Record<string, string>>;

/** What is in the result, in the order of the wire. */
export type Result = Readonly<Record<string, Readonly<Record<string, string>> | string>>;

export async function assume(state: StsState, form: Form, signer: HeldKey): Promise<Result> {
  const input = parse(assumeRole, form);
  const trust = state.roles.get(input.RoleArn);
  const isLetIn = trust?.by === 'key' && trust.externalId === input.ExternalId;
  if (!isLetIn) {
    throw new StsError(
      'AccessDenied',
      `User: ${arnOf(signer)} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
    );
  }
  return session(state, input);
}

export async function assumeWithWebIdentity(state: StsState, form: Form): Promise<Result> {
  const input = parse(withWebIdentity, form);
  const subject = await state.identities.subjectOf(input.WebIdentityToken);
  const trust = state.roles.get(input.RoleArn);
  if (trust?.by !== 'web-identity' || trust.subject !== subject) {
    throw new StsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  }
  return { ...session(state, input), SubjectFromWebIdentityToken: subject };
}

type Wanted = Pick<z.output<typeof assumeRole>, 'RoleArn' | 'RoleSessionName' | 'DurationSeconds'>;

function session(state: StsState, { RoleArn, RoleSessionName, DurationSeconds }: Wanted): Result {
  const { random } = state;
  const [, account = '', name = ''] = /^arn:[^:]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(RoleArn) ?? [];
  const Arn = `arn:aws:sts::${account}:assumed-role/${name}/${RoleSessionName}`;
  const expiresAt = Math.floor(Date.now() / 1000 + DurationSeconds) * 1000;
  const key = {
    accessKeyId: `ASIA${random.base62(16).toUpperCase()}`,
    secretAccessKey: random.base62(40),
    sessionToken: random.base62(240),
  };
  state.keyring.add({ ...key, expiresAt, arn: Arn });
  state.sessions.push({ role: RoleArn, name: RoleSessionName, expiresAt });
  return {
    Credentials: {
      AccessKeyId: key.accessKeyId,
      SecretAccessKey: key.secretAccessKey,
      SessionToken: key.sessionToken,
      Expiration: new Date(expiresAt).toISOString().replace('.000Z', 'Z'),
    },
    AssumedRoleUser: { AssumedRoleId: `AROA${random.base62(17).toUpperCase()}:${RoleSessionName}`, Arn },
  };
}

function parse<T>(schema: z.ZodType<T>, form: Form): T {
  const parsed = schema.safeParse(form);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new StsError('ValidationError', `${problems.length} validation errors: ${problems.join('; ')}`);
}
