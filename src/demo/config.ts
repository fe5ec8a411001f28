import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { FleetTarget } from '../sandbox/agents/index.js';
import type { Scenario } from './scenarios.js';
import { DEPLOYMENT } from './scenarios.js';

export const ROTATION = 'checkout';
export const SECRET_ID = 'prod/apm/checkout';
export const REGION = 'eu-central-1';

type Place = {
  readonly file: string;
  readonly stateDir: string;
  readonly caFile: string;
  readonly cloudUrl: string;
  readonly secretsUrl: string;
  readonly targets: readonly FleetTarget[];
  readonly scenario: Scenario | undefined;
};

/** A rotor.yaml as an operator would write it, but for waits that suit a world which acts within seconds. */
export async function writeConfig({
  file,
  stateDir,
  caFile,
  cloudUrl,
  secretsUrl,
  targets,
  scenario,
}: Place): Promise<void> {
  const tls = { caFile };
  const config = {
    version: 1,
    server: { listen: '127.0.0.1:0' },
    stateDir,
    cloud: { endpoint: cloudUrl, apiKey: '${env:EC_API_KEY}', tls },
    rotations: [
      {
        name: ROTATION,
        select: { deployment: scenario?.config?.deployment ?? DEPLOYMENT },
        issuer: 'elastic-cloud',
        maxAge: '30d',
        apmServer: { tls },
        store: {
          type: 'aws-secrets-manager',
          secretId: SECRET_ID,
          region: REGION,
          endpoint: secretsUrl,
          tls,
        },
        targets: targets.map((target, index) => ({
          type: 'file',
          ...target,
          ...(scenario?.config?.brokenReload &&
            index === 0 && { reload: [process.execPath, '--eval', 'process.exit(3)'] }),
        })),
        verify: {
          probeInterval: '250ms',
          acceptDeadline: '8s',
          quietPeriod: '4s',
          prepareDeadline: '10s',
          settleReads: 3,
        },
        retries: { max: 2, base: '200ms', cap: '1s' },
      },
    ],
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
}
