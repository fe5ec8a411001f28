import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { Grant } from '../../src/sandbox/kubernetes/index.js';
import { newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { configMap, cronJob, SERVER_URL, TOKEN_OF_SECRET, workload } from '../kubernetes/objects.js';
import { KubernetesWorld, WEB } from './kubernetes-world.js';

type Rule = Grant['rules'][number];

describe('deploy/kubernetes/rbac.yaml', () => {
  type Manifest = {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly rules?: readonly Rule[];
  };

  it('allows a rotation of all that a target can name, and each line of it is needed', async () => {
    const text = await readFile('deploy/kubernetes/rbac.yaml', 'utf8');
    const manifests = parseAllDocuments(text).map((one) => one.toJS() as Manifest);
    const role = manifests.find(({ kind }) => kind === 'Role');
    const rules = role?.rules ?? [];
    expect(await outcomeWith(rules)).toEqual({ is: 'converged', told: 0 });
    for (const [index, rule] of rules.entries()) {
      for (const verb of rule.verbs) {
        const without = rules.with(index, { ...rule, verbs: rule.verbs.filter((one) => one !== verb) });
        const outcome = await outcomeWith(without);
        expect([verb, rule.resources, outcome]).toEqual([
          verb,
          rule.resources,
          // What is not seen then is told.
          rule.resources.includes('configmaps') ? { is: 'converged', told: 1 } : { is: 'target_refused' },
        ]);
      }
    }
  });

  type Outcome = { readonly is: string; readonly told?: number };

  async function outcomeWith(rules: readonly Rule[]): Promise<Outcome> {
    const world = await KubernetesWorld.open({ grants: [{ namespace: WEB.namespace, rules }] });
    try {
      const containers = [
        {
          name: 'app',
          image: 'shop/app:1',
          env: [TOKEN_OF_SECRET, SERVER_URL],
          envFrom: [{ configMapRef: { name: 'shop' } }],
        },
      ];
      world.kube.add('configmaps', 'shop', configMap('shop', { STAGE: 'prod' }));
      world.kube.add('deployments', 'shop', workload('Deployment', 'web', { pod: { containers } }));
      world.kube.add('statefulsets', 'shop', workload('StatefulSet', 'db'));
      world.kube.add('daemonsets', 'shop', workload('DaemonSet', 'log'));
      world.kube.add('cronjobs', 'shop', cronJob('report'));
      const named = { workloads: [{ kind: 'cronjob', name: 'report' }] } as const;
      const token = newToken();
      const targets = [world.target(named), world.target({ selector: 'part=shop' })];
      let told = 0;
      for (const target of targets) {
        const findings = await target.preflight(never());
        told += findings.filter((finding) => finding.includes('ConfigMap')).length;
        await target.deliver(token, never());
        world.kube.settle();
      }
      return { is: (await targets[1]!.observe(token.fingerprint, never())).state, told };
    } catch (error) {
      return { is: (error as { code?: string }).code ?? String(error) };
    } finally {
      await world.close();
    }
  }
});
