import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { unreadablePart } from '../../src/targets/kubernetes/label-selector.js';
import { configWith, lines } from './refused.js';

const withTarget = (fields: string): string =>
  configWith({ targets: `    targets: [{ type: kubernetes, ${fields} }]` });

describe('a kubernetes target in rotor.yaml', () => {
  it.each([
    [
      'no namespace',
      'workload: deployment/a',
      '8:15 rotations.0.targets.0: found a mapping, expected either namespace or namespaces. A namespace is never guessed: the default one of a context is easily another one.',
    ],
    [
      'both a namespace and a list of them',
      'workload: deployment/a, namespace: a, namespaces: [a]',
      '8:15 rotations.0.targets.0: found a mapping, expected either namespace or namespaces. A namespace is never guessed: the default one of a context is easily another one.',
    ],
    [
      'workloads and a selector',
      'namespace: a, workload: deployment/a, selector: a=b',
      '8:15 rotations.0.targets.0: found a mapping, expected either workload or selector. Without them nothing would be seen of who runs with the token.',
    ],
    [
      'a kind that is no workload',
      'namespace: a, workload: pod/a',
      '8:59 rotations.0.targets.0.workload: found "pod/a", expected a kind and a name, such as deployment/checkout; the kinds are: deployment, statefulset, daemonset, cronjob.',
    ],
    [
      'a list with such a kind',
      'namespace: a, workload: [deployment/a, job/b]',
      '8:74 rotations.0.targets.0.workload.1: found "job/b", expected a kind and a name, such as deployment/checkout; the kinds are: deployment, statefulset, daemonset, cronjob.',
    ],
    [
      'a Secret without a key',
      'namespace: a, workload: deployment/a, secret: { name: b }',
      '8:81 rotations.0.targets.0.secret.key: found nothing, expected a key of a Secret: letters, digits, dots, hyphens and underscores.',
    ],
    [
      'a label selector that cannot be read',
      'namespace: a, selector: "app=web,tier on (a, b)"',
      '8:59 rotations.0.targets.0.selector: found "app=web,tier on (a, b)", expected a label selector, such as "app=checkout,tier in (web, api)". Kubernetes could not read this part of it: "tier on (a, b)".',
    ],
    [
      'an agent in a browser',
      'namespace: a, workload: deployment/a, agent: rum',
      '8:80 rotations.0.targets.0.agent: found "rum", expected an agent of a service: a RUM agent must never carry the token, as it shows whatever it is given to everybody with a browser. Take the target out, and let the APM Server allow anonymous agents with a rate limit.',
    ],
    [
      'a relative kubeconfig',
      'namespace: a, workload: deployment/a, kubeconfig: ./k',
      '8:85 rotations.0.targets.0.kubeconfig: found "./k", expected an absolute path, such as "/etc/rotor/ca.pem".',
    ],
  ])('is refused with %s', (_, fields, line) => {
    expect(lines(withTarget(fields))).toEqual([`rotor.yaml:${line}`]);
  });

  it.each([
    ['its first workload', 'namespace: shop, workload: [deployment/web, statefulset/db]', 'web'],
    ['its first namespace', 'namespaces: [shop, canary], selector: app', 'shop'],
  ])('is named after %s', (_, fields, name) => {
    const { rotations } = loadConfig('rotor.yaml', { text: withTarget(fields) });
    expect(rotations[0]?.targets[0]).toMatchObject({ name, restart: 'rollout', readyTimeoutMs: 600_000 });
  });
});

describe('a label selector', () => {
  it.each([
    'app=web',
    'app == web, tier!=db',
    'app.kubernetes.io/part-of=shop',
    'tier in (web, api),env notin (test)',
    'tier in(web)',
    'tier in ()',
    'tier in (a,,b), env notin (,)',
    'canary, !example.com/legacy',
    'app=',
    'generation > 3',
  ])('may be %s', (selector) => {
    expect(unreadablePart(selector)).toBeUndefined();
  });

  it.each([
    ['app==,,=', ''],
    ['app=web,', ''],
    ['app=web canary', 'app=web canary'],
    ['app=web;tier=api', 'app=web;tier=api'],
    ['app: web', 'app: web'],
    ['tier in (a', 'tier in (a'],
    ['tier = (a, b)', 'tier = (a, b)'],
    ['-app=web', '-app=web'],
    ['app=web,Example.com/a', 'Example.com/a'],
    [`app=${'a'.repeat(64)}`, `app=${'a'.repeat(64)}`],
    ['generation > x', 'generation > x'],
  ])('is not readable as %s', (selector, part) => {
    expect(unreadablePart(selector)).toBe(part);
  });
});
