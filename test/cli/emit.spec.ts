import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { policiesOf } from '../../src/cli/emit/iam.js';
import { clustersOf } from '../../src/cli/emit/rbac.js';
import { loadConfig, type Config, type TargetConfig } from '../../src/config/index.js';
import type { Grant } from '../../src/sandbox/kubernetes/index.js';
import type { Target } from '../../src/targets/target.js';
import { newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { SERVER_URL, TOKEN_OF_SECRET, workload } from '../kubernetes/objects.js';
import type { AwsSurroundings } from '../targets/aws-surroundings.js';
import { EcsWorld } from '../targets/ecs-world.js';
import { KubernetesWorld } from '../targets/kubernetes-world.js';
import { LambdaWorld } from '../targets/lambda-world.js';
import { SsmWorld } from '../targets/ssm-world.js';
import { rotorHere } from './in-process.js';

const COMPLETE = 'deploy/rotor.complete.yaml';
const complete = loadConfig(COMPLETE);
const actionsOf = (config: Pick<Config, 'rotations'>): Set<string> =>
  new Set(
    [...policiesOf(config, {}).values()].flatMap(({ Statement }) =>
      Statement.flatMap(({ Action }) => [...Action]),
    ),
  );
/** One rotation with this target alone. */
const withTarget = (target: object): Pick<Config, 'rotations'> => ({
  rotations: complete.rotations.slice(0, 1).map((one) => ({ ...one, targets: [target as TargetConfig] })),
});

describe('rotor emit iam', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotor-emit-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  const emit = async (store: string, ...flags: string[]) => {
    const file = join(folder, 'rotor.yaml');
    await writeFile(
      file,
      `version: 1
cloud: { apiKey: '\${env:EC_API_KEY}' }
rotations:
  - name: checkout
    select: { deployment: checkout-prod }
    store: { type: aws-secrets-manager, ${store} }
    targets: []
`,
    );
    return rotorHere(['emit', 'iam', '-c', file, ...flags]);
  };

  it('allows what the code asks AWS, and nothing that it does not', () => {
    const services: Record<string, string> = { stores: 'secretsmanager', aws: 'sts' };
    const asked = globSync('src/{stores,targets,aws}/**/*.ts').flatMap((file) => {
      const [, kind = '', folderOf = ''] = file.split('/');
      const service = services[kind] ?? (folderOf === 'ssm-run-command' ? 'ssm' : folderOf);
      const commands = readFileSync(file, 'utf8').matchAll(/new sdk\.(\w+)Command\(/g);
      return [...commands].map(([, name = '']) => `${service}:${name}`);
    });
    expect(asked.length).toBeGreaterThan(25);
    const allowed = [...actionsOf(complete)].filter((action) => !action.startsWith('kms:'));
    // Whoever presents an identity token needs no permission of IAM.
    const needed = new Set(asked.filter((action) => action !== 'sts:AssumeRoleWithWebIdentity'));
    expect(allowed.toSorted()).toEqual([...needed].toSorted());
  });

  const worlds: [
    string,
    () => Promise<[{ surroundings: AwsSurroundings; close(): Promise<void> }, Target]>,
    object,
  ][] = [
    [
      'ecs',
      async () => {
        const world = await EcsWorld.open();
        return [world, world.target()];
      },
      { type: 'ecs', cluster: 'prod', services: ['checkout'] },
    ],
    [
      'lambda',
      async () => {
        const world = await LambdaWorld.open();
        return [world, world.target()];
      },
      { type: 'lambda', functions: ['checkout-*'] },
    ],
    [
      'ssm',
      async () => {
        const world = await SsmWorld.open();
        return [world, world.target()];
      },
      { type: 'ssm-run-command', targets: { 'tag:role': ['checkout'] }, document: 'AWS-RunShellScript' },
    ],
  ];
  it.each(worlds)('allows all that a delivery of %s asks', async (_name, open, config) => {
    const [world, target] = await open();
    try {
      await target.preflight(never());
      const token = newToken();
      await target.deliver(token, never());
      await target.observe(token.fingerprint, never());
      const asked = world.surroundings.ledger.entries.flatMap((entry) =>
        entry.kind === 'aws.request' ? [`${entry.service}:${entry.operation}`] : [],
      );
      expect(asked.length).toBeGreaterThan(2);
      const allowed = actionsOf(withTarget(config));
      expect([...new Set(asked)].filter((action) => !allowed.has(action))).toEqual([]);
    } finally {
      await world.close();
    }
  });

  it('names exactly the secret, its key and the account', async () => {
    const named = await emit(
      'secretId: prod/apm/checkout, region: eu-central-1, kmsKeyId: alias/rotor, replicaRegions: [us-west-2]',
      '--account',
      '111122223333',
    );
    expect(named).toMatchObject({ exit: 0, stderr: '' });
    expect(JSON.parse(named.stdout)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [
            'DescribeSecret',
            'GetSecretValue',
            'PutSecretValue',
            'UpdateSecretVersionStage',
            'ListSecretVersionIds',
            'GetResourcePolicy',
            'CreateSecret',
            'TagResource',
            'ReplicateSecretToRegions',
          ].map((action) => `secretsmanager:${action}`),
          Resource: ['arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/apm/checkout-??????'],
        },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: ['arn:aws:kms:eu-central-1:111122223333:key/*'],
          Condition: {
            StringLike: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' },
            'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/rotor'] },
          },
        },
      ],
    });
  });

  it('makes no secret that an ARN names, and says where it had to leave something open', async () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/apm/checkout-Ab1Cd2';
    const known = await emit(`secretId: '${arn}'`);
    expect(known.stdout).toContain(`"${arn}"`);
    expect(known.stdout).not.toMatch(/CreateSecret|TagResource|kms:/);
    expect(known.stderr).toBe('');
    expect((await emit('secretId: prod/apm/checkout')).stderr).toContain('--account and --region narrow it');
  });

  it('has a policy for each identity, and that of the keys may take on the roles', async () => {
    const role = 'arn:aws:iam::444455556666:role/rotor';
    const several = await rotorHere(['emit', 'iam', '-c', COMPLETE]);
    expect(several).toMatchObject({ exit: 2, stderr: expect.stringContaining('expected one of') });
    const own = await rotorHere(['emit', 'iam', '-c', COMPLETE, '--for', 'own']);
    expect(own.stdout).toContain('sts:AssumeRole');
    expect(own.stdout).not.toContain('role/rotor-commands');
    const ofRole = await rotorHere(['emit', 'iam', '-c', COMPLETE, '--for', role]);
    expect(ofRole.stdout).not.toContain('sts:');
    expect(ofRole.exit).toBe(0);
  });
});

describe('rotor emit rbac', () => {
  type Rules = Grant['rules'];
  const rulesOf = (target: object): Rules => {
    const [cluster] = clustersOf(withTarget(target), { serviceAccount: 'rotor', namespace: 'rotor' });
    const roles = (cluster?.manifests ?? []) as { kind: string; rules: Rules }[];
    return roles.find(({ kind }) => kind === 'Role')?.rules ?? [];
  };
  async function outcomeWith(rules: Rules): Promise<string> {
    const world = await KubernetesWorld.open({ grants: [{ namespace: 'shop', rules }] });
    try {
      const containers = [{ name: 'app', image: 'shop/app:1', env: [TOKEN_OF_SECRET, SERVER_URL] }];
      world.kube.add('deployments', 'shop', workload('Deployment', 'web', { pod: { containers } }));
      const target = world.target();
      await target.preflight(never());
      await target.deliver(world.token, never());
      world.kube.settle();
      return (await target.observe(world.token.fingerprint, never())).state;
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    } finally {
      await world.close();
    }
  }

  it('allows a delivery, and each verb of it is needed for one', async () => {
    const world = await KubernetesWorld.open();
    const target = world.config();
    await world.close();
    const rules = rulesOf(target);
    expect(rules.some(({ resourceNames }) => resourceNames?.includes('web'))).toBe(true);
    expect(await outcomeWith(rules)).toBe('converged');
    const withoutEach = rules.flatMap((rule, index) =>
      rule.verbs.map((verb) => ({
        what: `${verb} ${rule.resources.join()}`,
        rules: rules.with(index, { ...rule, verbs: rule.verbs.filter((one) => one !== verb) }),
      })),
    );
    const stillGoes: string[] = [];
    for (const one of withoutEach)
      if ((await outcomeWith(one.rules)) === 'converged') stillGoes.push(one.what);
    // They are only looked at, so that more can be told.
    expect(stillGoes).toEqual(['get configmaps']);
  });

  it('prints manifests of one cluster', async () => {
    const several = await rotorHere(['emit', 'rbac', '-c', COMPLETE]);
    expect(several).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('expected one of shop-eu, current'),
    });
    const { stdout } = await rotorHere(['emit', 'rbac', '-c', COMPLETE, '--context', 'shop-eu']);
    const kinds = parseAllDocuments(stdout).map((one) => {
      const { kind, metadata } = one.toJS() as { kind: string; metadata: { namespace: string } };
      return `${kind} ${metadata.namespace}`;
    });
    expect(kinds).toEqual([
      'ServiceAccount rotor',
      'Role shop',
      'RoleBinding shop',
      'Role shop-canary',
      'RoleBinding shop-canary',
    ]);
  });
});
