import { secretArnIn } from '../../aws/secret-arn.js';
import type { Config, RotationConfig } from '../../config/index.js';
import { accountIn, ANY, type Around } from './arns.js';
import { statementsOfStore, statementsOfTarget, type Statement } from './statements.js';

export type Policy = { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] };

/** Whom Rotor asks AWS as without `credentials`. */
export const OWN = 'own';

type Credentials = NonNullable<RotationConfig['store']['credentials']>;
type Used = { readonly credentials?: Credentials | undefined; readonly statements: readonly Statement[] };

/** What the config leaves open; without it anything is allowed there. */
export type Given = { readonly account?: string | undefined; readonly region?: string | undefined };

/**
 * The least that each identity needs for exactly what the config names, by the ARN of its role, or `own`: what AWS's SDK
 * finds by itself, which takes on the roles that have no identity token of their own.
 */
export function policiesOf({ rotations }: Pick<Config, 'rotations'>, given: Given): Map<string, Policy> {
  const used = rotations.flatMap((one) => usedBy(one, given));
  const roles = used.flatMap(({ credentials }) =>
    credentials && credentials.webIdentityTokenFile === undefined ? [credentials.roleArn] : [],
  );
  const all: Used[] = [...used, ...(roles.length > 0 ? [{ statements: [takenOn(roles)] }] : [])];
  const byIdentity = Map.groupBy(all, ({ credentials }) => credentials?.roleArn ?? OWN);
  return new Map(
    [...byIdentity].flatMap(([identity, those]) => {
      const statements = merged(those.flatMap((one) => one.statements));
      return statements.length === 0 ? [] : [[identity, policyOf(statements)] as const];
    }),
  );
}

function usedBy({ store, targets }: RotationConfig, given: Given): Used[] {
  const secret = secretArnIn(store.secretId);
  const region = store.region ?? secret?.region ?? given.region;
  const aroundOf = (credentials: Credentials | undefined, own: string | undefined): Around => ({
    region: own ?? region ?? ANY,
    account: accountIn(credentials?.roleArn) ?? given.account ?? ANY,
  });
  const ofStore = statementsOfStore(store, aroundOf(store.credentials, region));
  return [
    { credentials: store.credentials, statements: ofStore },
    ...targets.map((target) => {
      const { credentials, region: own } = isOfAws(target) ? target : {};
      return { credentials, statements: statementsOfTarget(target, aroundOf(credentials, own)) };
    }),
  ];
}

type OfAws = Extract<
  RotationConfig['targets'][number],
  { readonly type: 'ecs' | 'lambda' | 'ssm-run-command' }
>;

function isOfAws(target: RotationConfig['targets'][number]): target is OfAws {
  return target.type === 'ecs' || target.type === 'lambda' || target.type === 'ssm-run-command';
}

function takenOn(roles: readonly string[]): Statement {
  return { Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: [...new Set(roles)] };
}

/** What may be done alike is one statement. */
function merged(statements: readonly Statement[]): Statement[] {
  const alike = Map.groupBy(statements, ({ Action, Condition }) => JSON.stringify([Action, Condition]));
  return [...alike.values()].flatMap(([first, ...rest]) =>
    first ? [{ ...first, Resource: [...new Set([first, ...rest].flatMap(({ Resource }) => Resource))] }] : [],
  );
}

function policyOf(Statement: readonly Statement[]): Policy {
  return { Version: '2012-10-17', Statement };
}
