import { Agent } from 'node:https';
import type { Secret } from '../../src/rotation/secret.js';
import { Keyring } from '../../src/sandbox/aws/keyring.js';
import { createAuthority, type Authority } from '../../src/sandbox/certificates.js';
import { createLedger, type EntryOf } from '../../src/sandbox/ledger.js';
import type { AwsTargetDeps } from '../../src/targets/aws/fields.js';
import type { Target } from '../../src/targets/target.js';
import { until } from '../fakes/until.js';
import { setEnvironment } from '../stores/environment.js';
import { joinRealms } from '../stores/one-realm.js';
import { randomKeys } from '../sandbox/secrets-manager-world.js';

export const REGION = 'eu-central-1';
export const SECRET_NAME = 'prod/apm/checkout';
export const SECRET_ARN = `arn:aws:secretsmanager:${REGION}:000000000000:secret:${SECRET_NAME}-Ab1Cd2`;

/** Credentials where the SDK looks for them, a certificate authority, and a secret that hosts and tasks read. */
export class AwsSurroundings {
  readonly keys = randomKeys();
  /** Of all services that are started here. */
  readonly keyring = new Keyring(this.keys);
  readonly ledger = createLedger();
  readonly agent: Agent;
  /** The token that is current in the store. */
  current: Secret | undefined;
  readonly #restore: () => void;

  private constructor(readonly authority: Authority) {
    this.agent = new Agent({ ca: authority.caPem });
    const restore = setEnvironment({
      AWS_ACCESS_KEY_ID: this.keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.keys.secretAccessKey,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    });
    const splitRealms = joinRealms();
    this.#restore = () => {
      restore();
      splitRealms();
    };
  }

  static async open(): Promise<AwsSurroundings> {
    return new AwsSurroundings(await createAuthority());
  }

  /** What a sandbox service is started with. */
  get service() {
    const { authority, ledger, keys, keyring } = this;
    return { authority, ledger, region: REGION, keyring, ...keys, reads: () => this.current?.fingerprint };
  }

  deps(over: Partial<AwsTargetDeps> = {}): AwsTargetDeps {
    return {
      rotation: 'checkout',
      secret: { store: 'aws-secrets-manager', id: SECRET_NAME, region: REGION, key: null },
      agentFor: () => this.agent,
      now: Date.now,
      pollMs: 5,
      everyMs: 0,
      ...over,
    };
  }

  /** Current in the store before it is delivered, as in a run. */
  delivering(target: Target): Target {
    return {
      preflight: async (...asked) => target.preflight(...asked),
      observe: async (expected, signal) => target.observe(expected, signal),
      deliver: async (token, signal) => {
        if (!signal.aborted) this.current = token;
        return target.deliver(token, signal);
      },
    };
  }

  requests(operation?: string): EntryOf<'aws.request'>[] {
    const all = this.ledger.of('aws.request');
    return operation === undefined ? all : all.filter((one) => one.operation === operation);
  }

  async heard(operation: string, before = 0): Promise<void> {
    await until(`${operation} is asked for`, () => this.requests(operation).length > before);
  }

  close(): void {
    this.#restore();
    this.agent.destroy();
  }
}
