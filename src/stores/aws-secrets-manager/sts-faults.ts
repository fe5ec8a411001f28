import type { RotorError } from '../../rotation/errors.js';
import { nameOf, textIn } from '../../aws/cause.js';
import { storeFault, type Action, type Classify, type Verdict } from './faults.js';

type StsAttempt = {
  readonly action: Extract<Action, `AssumeRole${string}`>;
  readonly roleArn: string;
  readonly tokenFile: string | undefined;
};

/** What STS refuses, as the one error class. https://docs.aws.amazon.com/STS/latest/APIReference/ */
export function stsFault(error: unknown, { action, roleArn, tokenFile }: StsAttempt): RotorError {
  const place = `role ${roleArn}`;
  return storeFault(
    error,
    { action, place, kmsKeyId: undefined, service: 'sts' },
    tokenFile === undefined ? BY_KEY : byToken(tokenFile),
  );
}

const BY_KEY: Readonly<Record<string, Classify>> = {
  AccessDenied: notLetIn,
  AccessDeniedException: notLetIn,
  RegionDisabledException: regionOff,
};

function byToken(file: string): Readonly<Record<string, Classify>> {
  const refused: Classify = ({ place }, error) => [
    'store_denied',
    `AWS STS does not accept the identity token in ${file} for ${place} (${nameOf(error)}).`,
    {
      hint: 'Check that it is not expired, that its audience is sts.amazonaws.com and that IAM has its issuer as an OIDC provider.',
    },
  ];
  const notTrusted: Classify = ({ place }) => [
    'store_denied',
    `AWS STS does not let the workload of the identity token in ${file} take on ${place}.`,
    { hint: "Name the token's issuer and its subject in the trust policy of the role." },
  ];
  return {
    AccessDenied: notTrusted,
    AccessDeniedException: notTrusted,
    ExpiredTokenException: refused,
    IDPRejectedClaimException: refused,
    InvalidIdentityTokenException: refused,
    IDPCommunicationErrorException: ({ place }) => [
      'store_unavailable',
      `AWS STS did not reach the issuer of the identity token in ${file} for ${place}.`,
    ],
    RegionDisabledException: regionOff,
  };
}

/** Without ARNs STS says nothing of whom it means. */
function notLetIn({ place }: { readonly place: string }, error: unknown): Verdict {
  const who = /\barn:aws\S*/.exec(textIn(error, 'message') ?? '')?.[0] ?? 'these credentials';
  return [
    'store_denied',
    `AWS STS does not let ${who} take on ${place}.`,
    {
      hint: 'Allow sts:AssumeRole on it there, name that principal in the trust policy of the role, and check externalId.',
    },
  ];
}

function regionOff({ place }: { readonly place: string }): Verdict {
  return [
    'store_refused',
    `STS is turned off in the region of ${place}.`,
    { hint: 'Turn it on in the account settings of IAM, or name another region in stsEndpoint.' },
  ];
}
