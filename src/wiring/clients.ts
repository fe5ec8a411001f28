import { readFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import type { Config, RotationConfig } from '../config/index.js';
import { resolveSecret, type RawEnv, type SecretRef } from '../config/secret-ref.js';
import type { Callbacks } from '../targets/webhook/callbacks.js';
import { createHttpsAgent } from '../http/agent.js';
import { basicCredential } from '../http/basic.js';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../http/client.js';
import type { Gates } from '../http/gate.js';
import { greet } from '../http/greet.js';
import { secretsOfNotifier } from '../notifiers/index.js';
import type { Greet } from '../rotation/checkup.js';
import { RotorError, systemCode } from '../rotation/errors.js';

/** What every client of this process shares: where secrets come from, and what holds requests back. */
export type Surroundings = {
  readonly env: RawEnv;
  readonly gates: Gates;
  /** Of the journal; absent where nothing is delivered. */
  readonly callbacks?: Callbacks;
};

type KibanaConfig = NonNullable<RotationConfig['kibana']>;

/** Every reference to a secret, to be tried at the start. */
export function secretsIn(config: Config): SecretRef[] {
  const { cloud, rotations, notifiers } = config;
  const ofKibana = rotations.flatMap(({ kibana }) => [kibana?.apiKey, kibana?.password]);
  const ofNotifiers = Object.values(notifiers).flatMap(secretsOfNotifier);
  return [cloud?.apiKey, ...ofKibana, ...ofNotifiers, ...signingSecretsIn(config)].filter(
    (reference) => reference !== undefined,
  );
}

/** Of targets of type webhook. */
export function signingSecretsIn({ rotations }: Config): SecretRef[] {
  const targets = rotations.flatMap((rotation) => rotation.targets);
  return targets.flatMap((target) => (target.type === 'webhook' ? target.receiver.secrets : []));
}

/** For the Elastic Cloud API; throws `config_invalid` where the config names none. */
export function cloudClient(cloud: Config['cloud'], { env, gates }: Surroundings): HttpClient {
  if (!cloud) {
    throw new RotorError('config_invalid', 'the config has no `cloud` in which to look for the deployment', {
      hint: 'Write `cloud: { apiKey: ${env:EC_API_KEY} }` at the top of the file.',
    });
  }
  const baseUrl = new URL('api/v1', `${cloud.endpoint}/`).href;
  return createHttpClient({
    baseUrl,
    gate: gates.of(baseUrl),
    agent: agentFor(cloud.tls, env),
    authorization: { scheme: 'ApiKey', credential: resolveSecret(cloud.apiKey, env) },
  });
}

export function kibanaClient(url: string, kibana: KibanaConfig, { env, gates }: Surroundings): HttpClient {
  return createHttpClient({
    baseUrl: url,
    gate: gates.of(url),
    agent: agentFor(kibana.tls, env),
    authorization: kibanaCredential(kibana, env),
  });
}

/**
 * With the operator's proxy, and a private authority where one is named. One for each authority and not for each run:
 * beside the well-known certificates, which are parsed with it, it takes megabytes.
 */
export function agentFor(tls: { readonly caFile: string } | undefined, env: RawEnv): Agent {
  // By what the file holds now: an authority that was exchanged is another one.
  const caPem = tls && readCa(tls.caFile);
  const known = agents.get(env) ?? new Map<string | undefined, Agent>();
  agents.set(env, known);
  const agent =
    known.get(caPem) ?? createHttpsAgent({ proxyEnv: env, ...(caPem !== undefined && { caPem }) });
  known.set(caPem, agent);
  return agent;
}

/** It throws where the authority cannot be read, or where nobody answers over TLS. */
export function greeterOf(rotation: string, { rotations }: Config, env: RawEnv): Greet {
  const tls = rotations.find(({ name }) => name === rotation)?.apmServer?.tls;
  return async (url, signal) => greet(url, agentFor(tls, env), signal);
}

const agents = new WeakMap<RawEnv, Map<string | undefined, Agent>>();

function kibanaCredential(
  { apiKey, username, password }: KibanaConfig,
  env: RawEnv,
): NonNullable<HttpClientOptions['authorization']> {
  if (apiKey) return { scheme: 'ApiKey', credential: resolveSecret(apiKey, env) };
  if (username !== undefined && password) {
    return { scheme: 'Basic', credential: basicCredential(username, resolveSecret(password, env)) };
  }
  throw new RotorError('config_invalid', '`kibana` has neither an apiKey nor a username and a password');
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = systemCode(cause) ?? 'unreadable';
    throw new RotorError('config_invalid', `the CA file ${file} cannot be read (${why})`, {
      cause,
      hint: 'Put the PEM file of the authority there, readable by the user of Rotor.',
    });
  }
}
