import { nameOf, strippedCause, textIn } from './cause.js';
import { AwsProblem, verdictOn, type Attempt, type Classify, type Verdict } from './verdict.js';

type StsAttempt = {
  readonly action: 'AssumeRole' | 'AssumeRoleWithWebIdentity';
  readonly roleArn: string;
  readonly tokenFile: string | undefined;
};
type RoleAttempt = Attempt & { readonly role: string };
type Named = Readonly<Record<string, Classify<RoleAttempt>>>;

/** What STS refuses: https://docs.aws.amazon.com/STS/latest/APIReference/ */
export function stsProblem(error: unknown, { action, roleArn, tokenFile }: StsAttempt): AwsProblem {
  if (error instanceof AwsProblem) return error;
  const role = `role ${roleArn}`;
  const attempt = { service: 'AWS STS', what: `${action} on ${role}`, role };
  const own = tokenFile === undefined ? BY_KEY : byToken(tokenFile);
  return new AwsProblem(verdictOn(error, attempt, own), strippedCause(error));
}

const BY_KEY: Named = {
  AccessDenied: notLetIn,
  AccessDeniedException: notLetIn,
  RegionDisabledException: regionOff,
};

function byToken(file: string): Named {
  const refused: Classify<RoleAttempt> = ({ role }, error) => ({
    is: 'denied',
    why: `AWS STS does not accept the identity token in ${file} for ${role} (${nameOf(error)})`,
    hint: 'Check that it is not expired, that its audience is sts.amazonaws.com and that IAM has its issuer as an OIDC provider.',
  });
  const notTrusted: Classify<RoleAttempt> = ({ role }) => ({
    is: 'denied',
    why: `AWS STS does not let the workload of the identity token in ${file} take on ${role}`,
    hint: "Name the token's issuer and its subject in the trust policy of the role.",
  });
  return {
    AccessDenied: notTrusted,
    AccessDeniedException: notTrusted,
    ExpiredTokenException: refused,
    IDPRejectedClaimException: refused,
    InvalidIdentityTokenException: refused,
    IDPCommunicationErrorException: ({ role }) => ({
      is: 'unavailable',
      why: `AWS STS did not reach the issuer of the identity token in ${file} for ${role}`,
    }),
    RegionDisabledException: regionOff,
  };
}

/** Without ARNs STS says nothing of whom it means. */
function notLetIn({ role }: RoleAttempt, error: unknown): Verdict {
  const who = /\barn:aws\S*/.exec(textIn(error, 'message') ?? '')?.[0] ?? 'these credentials';
  return {
    is: 'denied',
    why: `AWS STS does not let ${who} take on ${role}`,
    hint: 'Allow sts:AssumeRole on it there, name that principal in the trust policy of the role, and check externalId.',
  };
}

function regionOff({ role }: RoleAttempt): Verdict {
  return {
    is: 'refused',
    why: `STS is turned off in the region of ${role}`,
    hint: 'Turn it on in the account settings of IAM, or name another region in stsEndpoint.',
  };
}
