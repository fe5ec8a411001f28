import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { errorOf, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { configMap, SERVER_URL, TOKEN_OF_SECRET as TOKEN, workload } from '../kubernetes/objects.js';
import { KubernetesWorld, type Over } from './kubernetes-world.js';

/** Of every kind of agent: test/targets/agent-checks.spec.ts. */
describe('the agents in the containers', () => {
  let world: KubernetesWorld;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
    world.putSecret('before', 'rotor/token');
  });
  afterEach(async () => world.close());

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

  it('are told of where their URL comes from a ConfigMap that is not there yet, by name or whole', async () => {
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

  describe('with settings in a ConfigMap', () => {
    const whole = (...refs: object[]): object => ({ envFrom: refs });
    const ref = (name: string, over: object = {}): object => ({ configMapRef: { name, ...over } });
    const key = (name: string, over: object = {}): object => ({
      configMapKeyRef: { name: 'c', key: name, ...over },
    });
    const put = (data: Readonly<Record<string, string>>, name = 'c'): void =>
      void world.kube.add('configmaps', 'shop', configMap(name, data));

    it('are seen as what they are, by the name of a key', async () => {
      withEnv([TOKEN, from('ELASTIC_APM_SERVER_URL', key('url'))]);
      put({ url: 'http://apm:8200' });
      expect(await refusal()).toContain(
        'Container app of deployment shop/web: ELASTIC_APM_SERVER_URL leads to http://apm:8200',
      );
      world.kube.edit('configmaps', 'shop', 'c', { data: { url: 'https://apm.example.com' } }, 'x');
      expect(await world.findings()).toEqual([]);
    });

    it('are seen where the whole of it becomes variables, with a prefix or without', async () => {
      withEnv([TOKEN], whole({ prefix: 'ELASTIC_', ...ref('c') }));
      put({ APM_SERVER_URL: 'https://apm.example.com', APM_API_KEY: 'k' });
      expect(await refusal()).toContain('ELASTIC_APM_API_KEY stands beside the token and wins over it');
      world.editApp({ envFrom: [ref('d')] });
      put({ ELASTIC_APM_SERVER_URL: 'https://apm.example.com' }, 'd');
      expect(await world.findings()).toEqual([]);
    });

    it('count by what the container would have: a variable of its own, or the last of several', async () => {
      withEnv([TOKEN, SERVER_URL], whole(ref('c')));
      put({ ELASTIC_APM_SERVER_URL: 'http://apm:8200' });
      expect(await world.findings()).toEqual([]);
      put({ ELASTIC_APM_SERVER_URL: 'https://apm.example.com' }, 'd');
      world.editApp({
        env: [{ name: 'ELASTIC_APM_SERVER_URL', $patch: 'delete' }],
        envFrom: [ref('c'), ref('d')],
      });
      expect(await world.findings()).toEqual([]);
      world.editApp({ envFrom: [ref('d'), ref('c')] });
      expect(await refusal()).toContain('leads to http://apm:8200');
    });

    it('are not there where they may be absent and are', async () => {
      withEnv(
        [TOKEN, SERVER_URL, from('ELASTIC_APM_API_KEY', key('api', { optional: true }))],
        whole(ref('none', { optional: true })),
      );
      expect(await world.findings()).toEqual([]);
      put({ other: 'x' });
      expect(await world.findings()).toEqual([]);
    });

    it('are refused where the token itself is in it, which no delivery changes', async () => {
      withEnv([SERVER_URL], whole(ref('c')));
      const held = newToken().reveal();
      put({ ELASTIC_APM_SECRET_TOKEN: held });
      const message = await refusal();
      expect(message).toContain(
        'Container app of deployment shop/web has ELASTIC_APM_SECRET_TOKEN from ConfigMap c, and no delivery changes that',
      );
      expect(message).not.toContain(held);
    });

    it('are told as not seen, and never refused, where Rotor may not read it', async () => {
      const rules = [
        { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'patch', 'create'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      ];
      withEnv([TOKEN, from('ELASTIC_APM_API_KEY', key('api', { optional: true }))], whole(ref('d')));
      put({ api: 'x' });
      put({ ELASTIC_APM_SERVER_URL: 'http://apm:8200' }, 'd');
      await world.loginAs({ token: world.kube.login('narrow', [{ namespace: 'shop', rules }]) });
      expect(await world.findings()).toEqual([
        'Rotor may not get ConfigMap shop/d: what the containers of deployment shop/web have from there was not seen.',
        'Rotor may not get ConfigMap shop/c: what the containers of deployment shop/web have from there was not seen.',
        expect.stringContaining('ELASTIC_APM_SERVER_URLS comes from elsewhere and was not seen'),
        expect.stringContaining('ELASTIC_APM_SERVER_URL comes from elsewhere and was not seen'),
        expect.stringContaining('ELASTIC_APM_API_KEY may come from elsewhere'),
      ]);
      expect(configMapReads()).toEqual([]);
    });

    it('are read once for all workloads, and not for what is no setting of an agent', async () => {
      withEnv(
        [TOKEN, SERVER_URL, from('PORT', { configMapKeyRef: { name: 'ports', key: 'p' } })],
        whole(ref('c')),
      );
      const containers = [{ name: 'app', image: 'i', env: [TOKEN, SERVER_URL], envFrom: [ref('c')] }];
      world.kube.add('deployments', 'shop', workload('Deployment', 'jobs', { pod: { containers } }));
      put({ STAGE: 'prod' });
      const both = ['web', 'jobs'].map((name) => ({ kind: 'deployment', name }) as const);
      expect(await world.findings({ workloads: both })).toEqual([]);
      expect(configMapReads()).toHaveLength(1);
    });

    const configMapReads = () =>
      world.kube.ledger
        .of('kubernetes.request')
        .filter(({ verb, resource }) => verb === 'get' && resource === 'configmaps');
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
