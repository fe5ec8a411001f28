import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { Gates } from '../../src/http/gate.js';
import { declare, portsOf } from '../../src/wiring/index.js';
import { configWith } from '../config/refused.js';
import { newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { workload } from '../kubernetes/objects.js';
import { KubernetesWorld } from '../targets/kubernetes-world.js';

describe('a kubernetes target of rotor.yaml', () => {
  let world: KubernetesWorld;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
    for (const namespace of ['shop', 'canary'])
      world.kube.add('deployments', namespace, workload('Deployment', 'web'));
    world.kube.settle();
  });
  afterEach(async () => world.close());

  it('is checked, delivered to and looked at, with the credentials of its kubeconfig', async () => {
    const target = {
      type: 'kubernetes',
      kubeconfig: world.kubeconfig,
      namespaces: ['shop', 'canary'],
      selector: 'part=shop',
      secret: { name: 'apm-token', key: 'token' },
      ready: { timeout: '3m' },
    };
    const text = configWith({ targets: `    targets: [${JSON.stringify(target)}]` });
    const env = { EC_API_KEY: newToken().reveal(), AWS_REGION: 'eu-central-1' };
    const [rotation] = declare(loadConfig('rotor.yaml', { text }), env);
    const gates = new Gates({ circuit: () => undefined });
    // As it is kept with a run, and read again after a restart.
    const spec = JSON.parse(JSON.stringify(rotation?.template.spec)) as unknown;
    const { targets } = portsOf({ spec }, { env, gates });
    const [named] = targets;
    expect(named).toMatchObject({ name: 'shop', readyTimeoutMs: 180_000 });
    const token = newToken();
    expect(await named?.target.preflight(never())).toEqual(
      ['shop', 'canary'].map((namespace) =>
        expect.stringContaining(`Secret ${namespace}/apm-token does not exist yet`),
      ),
    );
    await named?.target.deliver(token, never());
    world.kube.settle();
    expect(await named?.target.observe(token.fingerprint, never())).toEqual({
      state: 'converged',
      seen: 6,
      of: 6,
    });
  });
});
