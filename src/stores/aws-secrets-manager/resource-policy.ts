import { z } from 'zod';
import { asRotorError, RotorError } from '../../rotation/errors.js';
import type { Description } from './api.js';
import type { CredentialsConfig } from '../../aws/credentials-config.js';
import type { UpkeepApi } from './upkeep-api.js';

/** Without one of these no run gets to its end. */
const NEEDED = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'];

const many = z.union([z.string(), z.array(z.string())]).transform((one) => [one].flat());
const principal = z.union([z.literal('*'), z.record(z.string(), many)]);
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
const statement = z.looseObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Action: many.optional(),
  NotAction: many.optional(),
  Resource: many.optional(),
  NotResource: many.optional(),
  Condition: z.record(z.string(), z.unknown()).optional(),
});
const document = z.looseObject({
  Statement: z.union([statement, z.array(statement)]).transform((one) => [one].flat()),
});

type Statement = z.output<typeof statement>;
type About = {
  readonly place: string;
  readonly secret: Pick<Description, 'ARN'>;
  readonly credentials: CredentialsConfig | undefined;
};

/** undefined: there is none, or Rotor may not see it, which a rotation does not need. */
export async function policyIn(api: UpkeepApi, signal: AbortSignal): Promise<string | undefined> {
  return api.policy(signal).catch((error: unknown) => {
    if (asRotorError(error).retryable) throw error;
    return undefined;
  });
}

/**
 * Sentences about what a resource policy lets others do, or may keep Rotor from. Throws `store_refused` where it denies
 * Rotor one of its calls for sure: a deny of any policy wins over every allow.
 */
export function judged(text: string, about: About): readonly string[] {
  const parsed = document.safeParse(jsonIn(text));
  if (!parsed.success) return [`The resource policy of ${about.place} could not be read.`];
  return parsed.data.Statement.flatMap((one) => {
    return one.Effect === 'Allow' ? openTo(one, about) : denied(one, about);
  });
}

function openTo(one: Statement, { place, secret }: About): readonly string[] {
  const isOpen =
    isEverybody(one.Principal) && one.Condition === undefined && isFor(one, 'GetSecretValue', secret.ARN);
  if (!isOpen) return [];
  return [
    `The resource policy of ${place} lets everybody read it${named(one)}: name who may, or add a condition.`,
  ];
}

function denied(one: Statement, { place, secret, credentials }: About): readonly string[] {
  const action = NEEDED.find((each) => isFor(one, each, secret.ARN));
  const whom = one.NotPrincipal === undefined ? isMeant(one.Principal, credentials?.roleArn) : undefined;
  if (action === undefined || whom === false) return [];
  if (whom === undefined || one.Condition !== undefined) {
    return [
      `The resource policy of ${place} may deny Rotor secretsmanager:${action}${named(one)}: see that it means others.`,
    ];
  }
  throw new RotorError(
    'store_refused',
    `The resource policy of ${place} denies Rotor secretsmanager:${action}${named(one)}.`,
    { hint: 'Take Rotor out of that statement: a deny wins over whatever its role is allowed.' },
  );
}

function named({ Sid }: Statement): string {
  return Sid === undefined ? '' : ` (statement ${Sid})`;
}

function isEverybody(who: Statement['Principal']): boolean {
  return who === '*' || who?.['AWS']?.includes('*') === true;
}

/** undefined: Rotor may be one of them. */
function isMeant(who: Statement['Principal'], roleArn: string | undefined): boolean | undefined {
  if (isEverybody(who)) return true;
  const principals = who === undefined || who === '*' ? [] : (who['AWS'] ?? []);
  if (roleArn === undefined) return principals.length === 0 ? false : undefined;
  const account = roleArn.split(':')[4] ?? '';
  return principals.some((one) => one === roleArn || one === account || one.endsWith(`::${account}:root`));
}

function isFor(one: Statement, action: string, arn: string | undefined): boolean {
  const name = `secretsmanager:${action}`;
  const isAction = one.Action ? matches(one.Action, name) : !matches(one.NotAction ?? [], name);
  if (!isAction || arn === undefined) return isAction;
  return one.Resource ? matches(one.Resource, arn) : !matches(one.NotResource ?? [], arn);
}

/** Of IAM's wildcards, without regard to case as actions are. */
function matches(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
    const expression = escaped.replaceAll('*', '.*').replaceAll('?', '.');
    return new RegExp(`^${expression}$`, 'i').test(text);
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
