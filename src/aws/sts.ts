import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:https';
import type { Credentials, STSClient } from '@aws-sdk/client-sts';
import { systemCode } from '../rotation/errors.js';
import { clientSettings, type AwsService } from './clients.js';
import { inTime } from '../rotation/in-time.js';
import type { CredentialsConfig } from './credentials-config.js';
import { stsProblem } from './sts-faults.js';
import { AwsProblem } from './verdict.js';

const STS: AwsService = { name: 'AWS STS', iam: 'sts', variable: 'AWS_ENDPOINT_URL_STS' };
const TRIES = 3;
const SESSION_NAME = 'rotor';

export type TemporaryKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
};

/** New keys of the role, for an hour unless the role says less. Throws an `AwsProblem` where AWS does not give them. */
export async function assumeRole(
  config: CredentialsConfig,
  region: string | undefined,
  agent: Agent,
  signal: AbortSignal,
): Promise<TemporaryKeys> {
  const { roleArn, webIdentityTokenFile, stsEndpoint } = config;
  const action = webIdentityTokenFile === undefined ? 'AssumeRole' : 'AssumeRoleWithWebIdentity';
  try {
    const sdk = await import('@aws-sdk/client-sts');
    // One for each time: its chain then looks for the keys anew that the role is asked for with.
    const client = new sdk.STSClient({
      ...(await clientSettings(STS, { region, endpoint: stsEndpoint }, agent)),
      maxAttempts: TRIES,
    });
    return keysIn(await inTime(ask(sdk, client, config, signal), signal), roleArn);
  } catch (error) {
    throw stsProblem(error, { action, roleArn, tokenFile: webIdentityTokenFile });
  }
}

async function ask(
  sdk: typeof import('@aws-sdk/client-sts'),
  client: STSClient,
  { roleArn, externalId, sessionName = SESSION_NAME, webIdentityTokenFile }: CredentialsConfig,
  abortSignal: AbortSignal,
): Promise<Credentials | undefined> {
  const who = { RoleArn: roleArn, RoleSessionName: sessionName };
  if (webIdentityTokenFile === undefined) {
    const input = { ...who, ...(externalId !== undefined && { ExternalId: externalId }) };
    return (await client.send(new sdk.AssumeRoleCommand(input), { abortSignal })).Credentials;
  }
  const input = { ...who, WebIdentityToken: await tokenIn(webIdentityTokenFile) };
  return (await client.send(new sdk.AssumeRoleWithWebIdentityCommand(input), { abortSignal })).Credentials;
}

/** It is exchanged in its place, as it is good for an hour or less. */
async function tokenIn(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((cause: unknown) => {
    const why = systemCode(cause) ?? 'unreadable';
    throw noToken(`the identity token in ${file} cannot be read (${why})`, cause);
  });
  if (token.trim() === '') throw noToken(`the file ${file} holds no identity token`);
  return token.trim();
}

function noToken(why: string, cause?: unknown): AwsProblem {
  const hint =
    'Project a token of the workload there, readable by the user of Rotor, or take webIdentityTokenFile out of credentials.';
  return new AwsProblem({ is: 'denied', why, hint }, cause);
}

function keysIn(given: Credentials | undefined, roleArn: string): TemporaryKeys {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  if (AccessKeyId && SecretAccessKey && SessionToken && Expiration) {
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  }
  throw new AwsProblem({
    is: 'unavailable',
    why: `AWS STS answered without keys of ${roleArn}`,
    hint: 'A proxy or another server may have answered; check stsEndpoint.',
  });
}
