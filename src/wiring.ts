import { readFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import type { Config, RotationConfig } from './config/index.js';
import type { RawEnv } from './config/secret-ref.js';
import { resolveSecret } from './config/secret-ref.js';
import { createHttpsAgent } from './http/agent.js';
import { createHttpClient } from './http/client.js';
import { createIssuer } from './issuers/index.js';
import { always } from './issuers/issuer.js';
import { RotorError } from './rotation/errors.js';
import type { Ports } from './rotation/ports.js';
import type { Run } from './rotation/run.js';
import { createStore } from './stores/index.js';
import { createTarget } from './targets/index.js';
import type { DeclaredRotation } from './triggers/rotations.js';
import { ApmServerProber } from './verification/apm-server-prober.js';

/** What a run is frozen with: enough to build its ports again after a restart. Secrets stay references. */
type Spec = { readonly rotation: RotationConfig; readonly cloud: Config['cloud'] };

export function declare(config: Config, env: RawEnv): readonly DeclaredRotation[] {
  return config.rotations.map((rotation) => {
    const { name, maxAgeMs, renewBeforeMs, schedule, verify, strategy, retries } = rotation;
    const spec: Spec = { rotation, cloud: config.cloud };
    return {
      name,
      due: {
        timezone: schedule.timezone,
        ...(schedule.cron !== undefined && { cron: schedule.cron }),
        ...(maxAgeMs !== undefined && { maxAgeMs }),
        ...(renewBeforeMs !== undefined && { renewBeforeMs }),
      },
      template: {
        storeKey: storeOf(spec, env).key,
        spec,
        policy: { ...verify, ...strategy, retries },
      },
    };
  });
}

/** Credentials and CA files are read anew for each run: a rotated one needs no restart. */
export function portsOf(run: Run, env: RawEnv): Ports {
  const spec = run.spec as Spec;
  const { rotation, cloud } = spec;
  const http = createHttpClient({
    baseUrl: new URL('api/v1', withSlash(cloud.endpoint)).href,
    agent: agentFor(cloud.tls, env),
    authorization: { scheme: 'ApiKey', credential: resolveSecret(cloud.apiKey, env) },
  });
  const apmUrl = rotation.apmServer?.url;
  return {
    issuers: always(createIssuer(rotation.issuer.type, { select: rotation.select }, { http })),
    store: storeOf(spec, env),
    targets: rotation.targets.map((target) => ({
      name: target.name,
      target: createTarget(target, { environment: env }),
      readyTimeoutMs: target.readyTimeoutMs,
    })),
    prober: new ApmServerProber(agentFor(rotation.apmServer?.tls, env)),
    ...(apmUrl !== undefined && { apmUrl }),
  };
}

/** With its region spelt out, so that two ways to name one secret make one key. */
function storeOf({ rotation: { store } }: Spec, env: RawEnv) {
  const region = store.region ?? env['AWS_REGION'];
  return createStore({ ...store, ...(region && { region }) }, { agent: agentFor(store.tls, env) });
}

function agentFor(tls: { readonly caFile: string } | undefined, env: RawEnv): Agent {
  return createHttpsAgent({ proxyEnv: env, ...(tls && { caPem: readCa(tls.caFile) }) });
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new RotorError('config_invalid', `the CA file ${file} cannot be read (${why})`, {
      cause,
      hint: 'Put the PEM file of the authority there, readable by the user of Rotor.',
    });
  }
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
