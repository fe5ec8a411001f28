import {
  CancelRotateSecretCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient } from '../../src/http/client.js';
import { createElasticCloudIssuer } from '../../src/issuers/elastic-cloud/index.js';
import { createFleetIssuer } from '../../src/issuers/fleet/index.js';
import { always, type Issuer } from '../../src/issuers/issuer.js';
import type { DrivenPorts } from '../../src/rotation/driven/step.js';
import { fingerprintOf, Secret } from '../../src/rotation/secret.js';
import { createAuthority } from '../../src/sandbox/certificates.js';
import type { DeploymentHandle } from '../../src/sandbox/deployment-handle.js';
import type { FaultEffect } from '../../src/sandbox/faults.js';
import { createLedger } from '../../src/sandbox/ledger.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { startSecretsManager, type SecretsManager } from '../../src/sandbox/secrets-manager/index.js';
import { createDrivenStore, type StoreConfig } from '../../src/stores/index.js';
import { ApmServerProber } from '../../src/verification/apm-server-prober.js';
import { QUICK_RETRY, RESET } from '../issuers/cloud-world.js';
import { freshName, randomKeys, REGION, versionToken, type Keys } from '../sandbox/secrets-manager-world.js';
import { setEnvironment } from '../stores/environment.js';
import { joinRealms } from '../stores/one-realm.js';
import { POLICY } from '../rotation/harness.js';
import { Life } from './life.js';

export type Kind = 'elastic-cloud' | 'fleet';

const DEPLOYMENT = { 'elastic-cloud': 'checkout-prod', fleet: 'search-prod' } as const;
const TIMINGS = { planMs: 1, flickerMs: 0, switchSpreadMs: 0, checkInMs: 1 };
const READ_DELAYS_MS = [1, 2, 4, 8, 16];
const LAMBDA = `arn:aws:lambda:${REGION}:000000000000:function:rotor`;

/** Elastic Cloud, Kibana, an APM Server and AWS Secrets Manager, with one ledger for all. */
export class DrivenWorld {
  readonly #agent;
  readonly #client: SecretsManagerClient;
  readonly #restore: () => void;

  private constructor(
    readonly kind: Kind,
    readonly sandbox: Sandbox,
    readonly secrets: SecretsManager,
    keys: Keys,
  ) {
    this.#agent = createHttpsAgent({ caPem: sandbox.caPem });
    this.#client = new SecretsManagerClient({
      endpoint: secrets.url,
      region: REGION,
      credentials: keys,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler({ httpsAgent: this.#agent }),
    });
    const environment = setEnvironment({
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    });
    const splitRealms = joinRealms();
    this.#restore = () => {
      environment();
      splitRealms();
    };
  }

  static async start(kind: Kind): Promise<DrivenWorld> {
    const [authority, ledger, keys] = [await createAuthority(), createLedger(), randomKeys()];
    const mode = kind === 'fleet' ? 'managed' : 'standalone';
    const deployments = [{ name: DEPLOYMENT[kind], kind: 'apm', mode, instances: 2 }] as const;
    const sandbox = await startSandbox({ authority, ledger, deployments, timings: TIMINGS });
    const secrets = await startSecretsManager({ authority, ledger, ...keys });
    return new DrivenWorld(kind, sandbox, secrets, keys);
  }

  get deployment(): DeploymentHandle {
    return this.sandbox.deployment(DEPLOYMENT[this.kind]);
  }

  get ledger() {
    return this.sandbox.ledger;
  }

  /** A secret of its own, which holds the token in force. */
  secret(key?: string): DrivenSecret {
    const name = freshName();
    const token = this.deployment.currentToken();
    const text = key === undefined ? token : JSON.stringify({ user: 'elastic', [key]: token });
    this.secrets.seed(name, { text }, { region: REGION });
    return new DrivenSecret(this, name, key);
  }

  /** As AWS, its command line or a colleague asks the API. */
  get aws(): SecretsManagerClient {
    return this.#client;
  }

  /** Of the request that puts a new token in force. */
  fault(effect: FaultEffect): void {
    const operation = this.kind === 'fleet' ? 'put-package-policy' : RESET;
    this.sandbox.faults.add({ operation, effect, times: 1 });
  }

  /** Every change that is under way has reached the whole APM Server. */
  async settle(): Promise<void> {
    const { deployment, ledger } = this;
    const due = AbortSignal.timeout(20_000);
    const inForce = (): boolean => {
      const token = fingerprintOf(deployment.currentToken());
      const accepted = deployment.acceptedFingerprints();
      return (
        deployment.pendingToken() === undefined && accepted.every(({ fingerprint }) => fingerprint === token)
      );
    };
    while (!inForce()) {
      const before = ledger.entries.length;
      if (inForce()) return;
      await ledger.waitFor((entry) => ledger.entries.indexOf(entry, before) >= before, due);
    }
  }

  portsFor(life: Life, config: StoreConfig): DrivenPorts {
    return {
      ...createDrivenStore(config, { agent: this.#agent, readDelaysMs: READ_DELAYS_MS }),
      issuers: always(life.mortal(this.#issuer())),
      prober: new ApmServerProber(this.#agent),
      policy: { ...POLICY, probes: 3 },
    };
  }

  async close(): Promise<void> {
    this.#restore();
    this.#client.destroy();
    this.#agent.destroy();
    await Promise.all([this.secrets.close(), this.sandbox.close()]);
  }

  #issuer(): Issuer {
    const { sandbox, deployment } = this;
    const clientOf = (baseUrl: string, credential: string) =>
      createHttpClient({
        baseUrl,
        agent: this.#agent,
        authorization: { scheme: 'ApiKey', credential: new Secret(credential) },
      });
    if (this.kind === 'elastic-cloud') {
      const http = clientOf(`${sandbox.cloud.url}/api/v1`, sandbox.cloud.apiKey);
      return createElasticCloudIssuer(
        { select: { deployment: deployment.name } },
        { http, retry: QUICK_RETRY },
      );
    }
    const { url, credentials } = deployment.kibana;
    const http = clientOf(url, credentials.apiKey);
    return createFleetIssuer({ apmUrl: deployment.apmUrl }, { http, retry: QUICK_RETRY });
  }
}

/** One secret, and what AWS and its owner do to it. */
export class DrivenSecret {
  constructor(
    readonly world: DrivenWorld,
    readonly name: string,
    readonly key: string | undefined,
  ) {}

  get config(): StoreConfig {
    const { url: endpoint } = this.world.secrets;
    const { name: secretId, key } = this;
    const type = 'aws-secrets-manager';
    return { type, secretId, region: REGION, endpoint, drivenBy: 'aws', ...(key !== undefined && { key }) };
  }

  get view() {
    return this.world.secrets.secret(this.name);
  }

  /** `aws secretsmanager rotate-secret`; the version that AWS announces. */
  async rotate(version = versionToken()): Promise<string> {
    const input = { SecretId: this.name, ClientRequestToken: version, RotationLambdaARN: LAMBDA };
    await this.world.aws.send(new RotateSecretCommand(input));
    return version;
  }

  async cancel(): Promise<void> {
    await this.world.aws.send(new CancelRotateSecretCommand({ SecretId: this.name }));
  }

  /** What `howToEnd` tells a person to do. */
  async callOff(version: string): Promise<void> {
    const ids = { VersionStage: 'AWSPENDING', RemoveFromVersionId: version };
    await this.world.aws.send(new UpdateSecretVersionStageCommand({ SecretId: this.name, ...ids }));
  }

  async put(text: string, stages: string[], version = versionToken()): Promise<void> {
    const input = {
      SecretId: this.name,
      ClientRequestToken: version,
      SecretString: text,
      VersionStages: stages,
    };
    await this.world.aws.send(new PutSecretValueCommand(input));
  }

  tokenIn(text: string | undefined): string {
    if (text === undefined || this.key === undefined) return text ?? '';
    return text.startsWith('{"user"') ? ((JSON.parse(text) as Record<string, string>)[this.key] ?? '') : '';
  }
}
