import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { Grant } from '../../src/sandbox/kubernetes/index.js';
import { newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { cronJob, workload } from '../kubernetes/objects.js';
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
    expect(await outcomeWith(rules)).toBe('converged');
    for (const [index, rule] of rules.entries()) {
      for (const verb of rule.verbs) {
        const without = rules.with(index, { ...rule, verbs: rule.verbs.filter((one) => one !== verb) });
        expect([verb, rule.resources, await outcomeWith(without)]).toEqual([
          verb,
          rule.resources,
          'target_refused',
        ]);
      }
    }
  });

  async function outcomeWith(rules: readonly Rule[]): Promise<string> {
    const world = await KubernetesWorld.open({ grants: [{ namespace: WEB.namespace, rules }] });
    try {
      world.kube.add('deployments', 'shop', workload('Deployment', 'web'));
      world.kube.add('statefulsets', 'shop', workload('StatefulSet', 'db'));
      world.kube.add('daemonsets', 'shop', workload('DaemonSet', 'log'));
      world.kube.add('cronjobs', 'shop', cronJob('report'));
      const named = { workloads: [{ kind: 'cronjob', name: 'report' }] } as const;
      const token = newToken();
      const targets = [world.target(named), world.target({ selector: 'part=shop' })];
      for (const target of targets) {
        await target.preflight(never());
        await target.deliver(token, never());
        world.kube.settle();
      }
      return (await targets[1]!.observe(token.fingerprint, never())).state;
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    } finally {
      await world.close();
    }
  }
});
