import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { FleetTarget } from '../sandbox/agents/index.js';
import type { Scenario } from './scenarios/index.js';

export const ROTATION = 'checkout';
export const SECRET_ID = 'prod/apm/checkout';
export const REGION = 'eu-central-1';

/** Waits that suit a world which acts within seconds. */
export const QUICK = {
  verify: {
    probeInterval: '250ms',
    acceptDeadline: '8s',
    quietPeriod: '4s',
    prepareDeadline: '10s',
    settleReads: 3,
  },
  retries: { max: 2, base: '200ms', cap: '1s' },
} as const;

/** More than these go out in waves. */
const FEW = 10;

type Place = {
  readonly file: string;
  readonly stateDir: string;
  readonly caFile: string;
  readonly cloudUrl: string;
  readonly secretsUrl: string;
  readonly deployment: string;
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
  deployment,
  targets,
  scenario,
}: Place): Promise<void> {
  const tls = { caFile };
  const changed = scenario?.config;
  const config = {
    version: 1,
    // Who measures and tries asks more often than a person.
    server: { listen: '127.0.0.1:0', rateLimit: { perMinute: 1_000_000 } },
    stateDir,
    cloud: { endpoint: cloudUrl, apiKey: '${env:EC_API_KEY}', tls },
    rotations: [
      {
        name: ROTATION,
        select: { deployment: changed?.deployment ?? deployment },
        issuer: changed?.issuer ?? 'auto',
        kibana: { apiKey: '${env:KIBANA_API_KEY}', tls, ...(changed?.space && { space: changed.space }) },
        maxAge: '30d',
        apmServer: { tls },
        store: {
          type: 'aws-secrets-manager',
          secretId: SECRET_ID,
          region: REGION,
          endpoint: secretsUrl,
          tls,
        },
        ...(targets.length > FEW && {
          strategy: { waves: ['canary', '10%', '50%', 'rest'], maxConcurrentTargets: 20, soak: '1s' },
        }),
        targets: targets.map(({ isReal, ...target }, index) => ({
          type: 'file',
          ...target,
          ...(targets.length > FEW && isReal && { wave: 'canary' }),
          ...(changed?.brokenReload &&
            index === 0 && { reload: [process.execPath, '--eval', 'process.exit(3)'] }),
        })),
        ...QUICK,
        watch: { interval: '1s' },
      },
    ],
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
}
