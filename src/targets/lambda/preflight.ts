import type { AliasConfiguration, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Refusal } from '../aws/refusal.js';
import { isOurSecret, placeOf, type SecretPlace } from '../aws/secret-reference.js';
import { checkAgentSettings, type AgentCheck } from '../agent-checks.js';
import type { Known } from '../target.js';
import { differences, hasRoom, variablesOf } from './mark.js';

/** Of the extension: https://www.elastic.co/docs/reference/apm/agents/aws-lambda/aws-lambda-secrets-manager */
const TOKEN_ID = 'ELASTIC_APM_SECRETS_MANAGER_SECRET_TOKEN_ID';
const SERVER = 'ELASTIC_APM_LAMBDA_APM_SERVER';
const API_KEYS = ['ELASTIC_APM_SECRETS_MANAGER_API_KEY_ID', 'ELASTIC_APM_API_KEY'];
const TOKEN = 'ELASTIC_APM_SECRET_TOKEN';
/** An invocation of this many seconds is worth a word. */
const LONG_S = 60;

type Check = (configuration: FunctionConfiguration, secret: SecretPlace) => Refusal | undefined;

/** First hit refuses. */
const CHECKS: readonly Check[] = [
  hasFailed,
  isSealed,
  hasTokenInClear,
  readsAnotherSecret,
  readsAsJson,
  isInAnotherRegion,
  isFull,
];

export function functionRefusal(
  configuration: FunctionConfiguration,
  secret: SecretPlace,
): Refusal | undefined {
  for (const check of CHECKS) {
    const refusal = check(configuration, secret);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Whether its extension would use the token, and send it over TLS. */
export function checkExtension(
  configuration: FunctionConfiguration,
  place: { readonly where: string } & Partial<Known>,
): AgentCheck {
  const settings = new Map(Object.entries(variablesOf(configuration)));
  return checkAgentSettings('lambda-extension', settings, { ...place, tokenAt: TOKEN_ID });
}

/** Of a function that only a pattern has named, and that has nothing to do with the token. */
export function isUnconcerned(configuration: FunctionConfiguration): boolean {
  const variables = variablesOf(configuration);
  const named = [TOKEN_ID, TOKEN, SERVER, ...API_KEYS].some((name) => variables[name] !== undefined);
  return !named && configuration.Environment?.Error === undefined;
}

/** `version`: what the alias points to now. */
export function aliasRefusal(
  alias: AliasConfiguration,
  latest: FunctionConfiguration,
  version: FunctionConfiguration,
): Refusal | undefined {
  const { Name, FunctionVersion } = alias;
  if (isWeighted(alias)) {
    return {
      because: `is invoked by alias ${Name}, which divides its traffic between two versions`,
      hint: 'End that deployment first: the alias then points to one version.',
    };
  }
  const changed = FunctionVersion === '$LATEST' ? [] : differences(latest, version);
  if (changed.length === 0) return undefined;
  return {
    because: `has in $LATEST what version ${FunctionVersion}, to which alias ${Name} points, has not (${changed.join(', ')}), and a new version would release it`,
    hint: 'Release it first, or put it back: then $LATEST and the alias agree.',
  };
}

export function isWeighted({ RoutingConfig }: AliasConfiguration): boolean {
  return Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {}).length > 0;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: an environment ends between two invocations. */
export function longRunning({ Timeout = 0 }: FunctionConfiguration): readonly string[] {
  if (Timeout <= LONG_S) return [];
  return [
    `an invocation that is under way keeps the token of before to its end, which is after ${Timeout} s at the latest.`,
  ];
}

export function unreachedAliases(aliases: readonly AliasConfiguration[]): readonly string[] {
  const unreached = aliases.filter(({ FunctionVersion }) => FunctionVersion !== '$LATEST');
  if (unreached.length === 0) return [];
  const named = unreached.map(({ Name, FunctionVersion }) => `${Name} (version ${FunctionVersion})`);
  return [
    `who invokes it by its alias ${named.join(' or ')} is not reached by a delivery to $LATEST: name the alias in the target.`,
  ];
}

export function aliasesUnseen(target: string): string {
  return `Target ${target}: whether its functions are invoked by aliases, which a delivery to $LATEST does not reach, was not looked at, as they are many; a run does.`;
}

function hasFailed({ State, StateReason }: FunctionConfiguration): Refusal | undefined {
  if (State !== 'Failed') return undefined;
  return { because: `has failed: ${StateReason ?? 'AWS says no more'}`, hint: 'Repair or delete it.' };
}

function isSealed({ Environment }: FunctionConfiguration): Refusal | undefined {
  const { ErrorCode } = Environment?.Error ?? {};
  if (ErrorCode === undefined) return undefined;
  return {
    because: `has variables that cannot be read (${ErrorCode}), and to set one is to set them all`,
    hint: "Allow Rotor's role kms:Decrypt and kms:Encrypt on the KMS key of the function.",
  };
}

function hasTokenInClear(configuration: FunctionConfiguration): Refusal | undefined {
  if (variablesOf(configuration)[TOKEN] === undefined) return undefined;
  return {
    because: `has a token in clear in ${TOKEN}, which a cold start would take`,
    hint: `Take it out, and name the secret in ${TOKEN_ID}.`,
  };
}

function readsAnotherSecret(configuration: FunctionConfiguration, secret: SecretPlace): Refusal | undefined {
  const id = variablesOf(configuration)[TOKEN_ID];
  const hint = `Set ${TOKEN_ID} to ${secret.id}.`;
  if (id === undefined || id === '') return { because: `names no secret in ${TOKEN_ID}`, hint };
  if (isOurSecret(id, secret)) return undefined;
  return { because: `reads ${id} by ${TOKEN_ID}, and the token is in ${placeOf(secret)}`, hint };
}

/** The extension takes the whole SecretString: app/aws.go of elastic/apm-aws-lambda. */
function readsAsJson(_: FunctionConfiguration, { key, id }: SecretPlace): Refusal | undefined {
  if (key === null) return undefined;
  return {
    because: `takes the whole secret for the token, and in secret ${id} the token is the key ${key} of a JSON object`,
    hint: 'Keep the token in a secret of its own: leave `key` out of the store of this rotation.',
  };
}

/** The extension asks in its own region. */
function isInAnotherRegion({ FunctionArn }: FunctionConfiguration, secret: SecretPlace): Refusal | undefined {
  const region = FunctionArn?.split(':')[3];
  if (secret.region === null || region === undefined || region === secret.region) return undefined;
  return {
    because: `is in ${region} and looks for the secret there, and it is in ${secret.region}`,
    hint: 'Use a rotation of a secret in that region.',
  };
}

function isFull(configuration: FunctionConfiguration): Refusal | undefined {
  if (hasRoom(configuration)) return undefined;
  return {
    because: 'has no room for one more variable: AWS allows 4,096 bytes for all of them',
    hint: 'Take one out that is no longer needed.',
  };
}
