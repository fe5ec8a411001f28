import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { errorOf } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { SERVER_URL, workload } from '../kubernetes/objects.js';
import { KubernetesWorld, type Over } from './kubernetes-world.js';

/** Of every kind of agent: test/targets/agent-checks.spec.ts. */
describe('the agents in the containers', () => {
  let world: KubernetesWorld;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
    world.putSecret('before', 'rotor/token');
  });
  afterEach(async () => world.close());

  const TOKEN = {
    name: 'ELASTIC_APM_SECRET_TOKEN',
    valueFrom: { secretKeyRef: { name: 'apm-token', key: 'token' } },
  };
  const from = (name: string, key: object): object => ({ name, valueFrom: key });
  const withEnv = (env: readonly object[], container: object = {}): void => {
    const containers = [{ name: 'app', image: 'shop/app:1', env, ...container }];
    world.kube.add('deployments', 'shop', workload('Deployment', 'web', { pod: { containers } }));
  };
  const refusal = async (over: Over = {}): Promise<string> =>
    (await errorOf(world.target(over).preflight(never()))).message;

  it('have nothing to be said of where they send over TLS and to the token alone', async () => {
    withEnv([TOKEN, SERVER_URL]);
    expect(await world.findings()).toEqual([]);
  });

  it('are refused where they would send the token in clear', async () => {
    withEnv([TOKEN, { name: 'ELASTIC_APM_SERVER_URL', value: 'http://apm:8200' }]);
    expect(await refusal()).toContain(
      'Container app of deployment shop/web: ELASTIC_APM_SERVER_URL leads to http://apm:8200',
    );
  });

  it('are refused where nobody says where they send to, unless the target does', async () => {
    withEnv([TOKEN]);
    expect(await refusal()).toContain('would show the token to whoever listens');
    expect(await world.findings({ serverUrl: 'https://apm.example.com' })).toEqual([]);
  });

  it('are refused where an API key beside the token wins', async () => {
    withEnv([TOKEN, SERVER_URL, from('ELASTIC_APM_API_KEY', { secretKeyRef: { name: 'key', key: 'k' } })]);
    expect(await refusal()).toContain('ELASTIC_APM_API_KEY');
  });

  it('are told of where their URL comes from a ConfigMap, by name or whole', async () => {
    withEnv([TOKEN, from('ELASTIC_APM_SERVER_URL', { configMapKeyRef: { name: 'c', key: 'url' } })]);
    expect(await world.findings()).toEqual([
      'Container app of deployment shop/web: ELASTIC_APM_SERVER_URL comes from elsewhere and was not seen; see that it is an https URL.',
    ]);
    world.editApp({
      env: [{ name: 'ELASTIC_APM_SERVER_URL', $patch: 'delete' }],
      envFrom: [{ configMapRef: { name: 'c' } }],
    });
    expect((await world.findings())[0]).toContain('ELASTIC_APM_SERVER_URL');
  });

  it('take the token by the variable of .NET too', async () => {
    const name = 'ElasticApm__SecretToken';
    withEnv([
      { ...TOKEN, name },
      { ...SERVER_URL, name: 'ElasticApm__ServerUrl' },
    ]);
    expect(await world.findings({ agent: 'dotnet' })).toEqual([]);
    expect(await refusal({ agent: 'dotnet', secret: { name: 'other', key: 'k' } })).toContain(
      `reads ${name} from key token of Secret apm-token`,
    );
  });

  it('are told of where they send to the APM Server of another deployment', async () => {
    withEnv([TOKEN, SERVER_URL]);
    const told = async (url: string) => world.target().preflight(never(), { apmUrls: [url] });
    expect(await told('https://apm.example.com:443')).toEqual([]);
    expect(await told('https://staging.example.com')).toEqual([
      expect.stringMatching(
        /^Target shop: Container app of deployment shop\/web: ELASTIC_APM_SERVER_URL leads to apm\.example\.com, and the token is for the APM Server at staging\.example\.com: /,
      ),
    ]);
  });

  it('leave a container without any of their variables alone', async () => {
    withEnv([{ name: 'PORT', value: '80' }]);
    expect(await world.findings()).toEqual([]);
  });
});
