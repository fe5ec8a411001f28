import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/index.js';
import { Gates } from '../../src/http/gate.js';
import { startEcs, type Ecs } from '../../src/sandbox/ecs/index.js';
import { startLambda, type Lambda } from '../../src/sandbox/lambda/index.js';
import { startSts, type Sts } from '../../src/sandbox/sts/index.js';
import { declare, portsOf } from '../../src/wiring/index.js';
import { newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { REGION } from '../targets/aws-surroundings.js';
import { CLUSTER, CONTAINER } from '../targets/ecs-world.js';
import { VARIABLES } from '../targets/lambda-world.js';
import { SsmWorld } from '../targets/ssm-world.js';

const ROLE = 'arn:aws:iam::444455556666:role/rotor-deploy';

describe('targets of AWS, as a config declares them', () => {
  let world: SsmWorld;
  let ecs: Ecs;
  let lambda: Lambda;
  let sts: Sts;

  beforeEach(async () => {
    world = await SsmWorld.open(2);
    const { service } = world.surroundings;
    ecs = await startEcs({ ...service, stepMs: 2 });
    sts = await startSts(service);
    sts.role(ROLE, { by: 'key', externalId: 'rotor-7' });
    ecs.seed({ account: '444455556666', cluster: CLUSTER, service: 'checkout', containers: [CONTAINER] });
    lambda = await startLambda({ ...service, changeMs: 2 });
    lambda.seed({ name: 'checkout', variables: VARIABLES });
  });
  afterEach(async () => {
    await Promise.all([ecs.close(), lambda.close(), sts.close()]);
    await world.close();
  });

  it('are checked, delivered to and converge, by the authority and the secret of the rotation, in another account by a role', async () => {
    const caFile = join(world.folder, 'ca.pem');
    await writeFile(caFile, world.surroundings.authority.caPem);
    const at = (url: string): string => `endpoint: '${url}', tls: { caFile: ${caFile} }`;
    const role = `credentials: { roleArn: '${ROLE}', externalId: rotor-7, stsEndpoint: '${sts.url}' }`;
    const text = [
      'version: 1',
      "cloud: { apiKey: '${env:EC_API_KEY}' }",
      'rotations:',
      '  - name: checkout',
      '    select: { deployment: checkout-prod }',
      `    store: { type: aws-secrets-manager, secretId: prod/apm/checkout, region: ${REGION} }`,
      '    targets:',
      `      - { type: ecs, cluster: ${CLUSTER}, service: checkout, name: tasks, ${role}, ${at(ecs.url)} }`,
      `      - { type: lambda, functions: [checkout], ${at(lambda.url)} }`,
      `      - { type: ssm-run-command, targets: { 'tag:role': [checkout] }, commands: ['sha256sum < ../store | cut -c1-8 > running'], check: ['cat running'], checkEvery: 1ms, ${at(world.ssm.url)} }`,
    ].join('\n');
    const env = { ...process.env, EC_API_KEY: newToken().reveal() };
    const [rotation] = declare(loadConfig('rotor.yaml', { text }), env);
    const { targets } = portsOf(rotation!.template, { env, gates: new Gates({ circuit: () => undefined }) });
    const token = newToken();
    world.surroundings.current = token;
    await writeFile(join(world.folder, 'store'), token.reveal());
    const seen = new Map<string, number>();
    for (const { name, target } of targets) {
      expect(await target.preflight(never())).toEqual([]);
      await target.deliver(token, never());
      await until(`${name} converges`, async () => {
        const look = await target.observe(token.fingerprint, never());
        if (look.state === 'converged') seen.set(name, look.of);
        return look.state === 'converged';
      });
    }
    expect([...seen]).toEqual([
      ['tasks', 3],
      ['checkout', 1],
      ['ssm', 2],
    ]);
  });
});
