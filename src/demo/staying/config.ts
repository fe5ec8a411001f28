import { QUICK, REGION } from '../config.js';
import { deploymentOf, secretIdOf, type Shown } from './rotations.js';

type Place = {
  readonly stateDir: string;
  readonly caFile: string;
  /** Of a secret: the file that holds it. */
  readonly keyFile: (name: string) => string;
  readonly cloudUrl: string;
  readonly secretsUrl: string;
  readonly hookUrl: string;
};

/** A rotor.yaml as an operator would write it, but for waits that suit a world which acts within seconds. */
export function configOf(
  rotations: readonly { readonly shown: Shown; readonly targets: readonly object[] }[],
  place: Place,
): object {
  const { stateDir, caFile, keyFile, cloudUrl, secretsUrl, hookUrl } = place;
  const tls = { caFile };
  const secret = (name: string): string => `\${file:${keyFile(name)}}`;
  return {
    version: 1,
    server: { listen: '127.0.0.1:0' },
    stateDir,
    cloud: { endpoint: cloudUrl, apiKey: secret('elastic-cloud'), tls },
    notifiers: {
      ops: { type: 'webhook', url: hookUrl, secret: secret('webhook'), allowPrivate: ['127.0.0.1'], tls },
    },
    defaults: {
      maxAge: '30d',
      notify: ['ops'],
      ...QUICK,
      watch: { interval: '5s' },
    },
    rotations: rotations.map(({ shown, targets }) => ({
      name: shown.name,
      description: shown.says,
      labels: { env: shown.env, team: shown.name },
      select: { deployment: deploymentOf(shown) },
      ...(shown.mode === 'managed' && { kibana: { apiKey: secret(`kibana-${shown.name}`), tls } }),
      store: {
        type: 'aws-secrets-manager',
        secretId: secretIdOf(shown),
        region: REGION,
        endpoint: secretsUrl,
        tls,
      },
      apmServer: { tls },
      ...shown.config,
      targets: targets.map((target) => ({ ...target, ...shown.target })),
    })),
  };
}
