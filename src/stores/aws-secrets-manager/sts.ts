import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:https';
import type { Credentials, STSClient } from '@aws-sdk/client-sts';
import { RotorError, systemCode } from '../../rotation/errors.js';
import { clientBasics } from './client-basics.js';
import type { CredentialsConfig } from './credentials-config.js';
import { stsFault } from './sts-faults.js';

const SERVICE = { service: 'AWS STS', variable: 'AWS_ENDPOINT_URL_STS' };
const SESSION_NAME = 'rotor';

export type TemporaryKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
};

/** New keys of the role, for an hour unless the role says less. Throws `store_denied` where AWS does not give them. */
export async function assumeRole(
  config: CredentialsConfig,
  region: string | undefined,
  agent: Agent,
): Promise<TemporaryKeys> {
  const { roleArn, webIdentityTokenFile, stsEndpoint } = config;
  const action = webIdentityTokenFile === undefined ? 'AssumeRole' : 'AssumeRoleWithWebIdentity';
  try {
    const sdk = await import('@aws-sdk/client-sts');
    // One for each time: its chain then looks for the keys anew that the role is asked for with.
    const client = new sdk.STSClient({
      ...(await clientBasics(SERVICE, region, agent)),
      ...(stsEndpoint !== undefined && { endpoint: stsEndpoint }),
    });
    return keysIn(await ask(sdk, client, config), roleArn);
  } catch (error) {
    throw stsFault(error, { action, roleArn, tokenFile: webIdentityTokenFile });
  }
}

async function ask(
  sdk: typeof import('@aws-sdk/client-sts'),
  client: STSClient,
  { roleArn, externalId, sessionName = SESSION_NAME, webIdentityTokenFile }: CredentialsConfig,
): Promise<Credentials | undefined> {
  const who = { RoleArn: roleArn, RoleSessionName: sessionName };
  if (webIdentityTokenFile === undefined) {
    const input = { ...who, ...(externalId !== undefined && { ExternalId: externalId }) };
    return (await client.send(new sdk.AssumeRoleCommand(input))).Credentials;
  }
  const input = { ...who, WebIdentityToken: await tokenIn(webIdentityTokenFile) };
  return (await client.send(new sdk.AssumeRoleWithWebIdentityCommand(input))).Credentials;
}

/** It is exchanged in its place, as it is good for an hour or less. */
async function tokenIn(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((cause: unknown) => {
    const why = systemCode(cause) ?? 'unreadable';
    throw noToken(`The identity token in ${file} cannot be read (${why}).`, cause);
  });
  if (token.trim() === '') throw noToken(`The file ${file} holds no identity token.`);
  return token.trim();
}

function noToken(message: string, cause?: unknown): RotorError {
  return new RotorError('store_denied', message, {
    cause,
    hint: 'Project a token of the workload there, readable by the user of Rotor, or take webIdentityTokenFile out of the store.',
  });
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
  throw new RotorError('store_unavailable', `AWS STS answered without keys of ${roleArn}.`, {
    hint: 'A proxy or another server may have answered; check stsEndpoint.',
  });
}
