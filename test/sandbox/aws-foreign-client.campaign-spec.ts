import { describe, expect, it } from '@jest/globals';
import { until } from '../fakes/until.js';
import { REGION } from '../targets/aws-surroundings.js';
import { CLUSTER, EcsWorld } from '../targets/ecs-world.js';
import { LambdaWorld, NAMES, VARIABLES } from '../targets/lambda-world.js';
import { SsmWorld } from '../targets/ssm-world.js';
import { AwsCli, hasAwsCli } from './aws-cli.js';

const describeWithCli = hasAwsCli ? describe : describe.skip;
const [NAME] = NAMES;
const threeTimes = (one: object): object[] => Array.from({ length: 3 }, () => one);

describeWithCli('the AWS command line understands', () => {
  it('the sandbox of Amazon ECS', async () => {
    const world = await EcsWorld.open();
    const cli = new AwsCli(world.surroundings, world.ecs.url);
    const inCluster = ['--cluster', CLUSTER];
    const update = ['ecs', 'update-service', ...inCluster, '--service', 'checkout', '--force-new-deployment'];
    expect(await cli.ask(...update)).toMatchObject({
      service: {
        status: 'ACTIVE',
        deployments: [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' }, { status: 'ACTIVE' }],
      },
    });
    await until('it is stable', () => world.service.deployments.length === 1);
    await cli.ask('ecs', 'wait', 'services-stable', ...inCluster, '--services', 'checkout');
    const arn = world.service.arn;
    await cli.ask('ecs', 'tag-resource', '--resource-arn', arn, '--tags', 'key=rotor:x,value=y z');
    expect(await cli.ask('ecs', 'list-tags-for-resource', '--resource-arn', arn)).toEqual({
      tags: [{ key: 'rotor:x', value: 'y z' }],
    });
    const { taskArns } = (await cli.ask('ecs', 'list-tasks', ...inCluster)) as { taskArns: string[] };
    expect(await cli.ask('ecs', 'describe-tasks', ...inCluster, '--tasks', ...taskArns)).toMatchObject({
      tasks: threeTimes({ lastStatus: 'RUNNING' }),
    });
    expect(await cli.ask('ecs', 'describe-services', '--cluster', 'none', '--services', 'x')).toContain(
      '(ClusterNotFoundException)',
    );
    cli.close();
    await world.close();
  });

  it('the sandbox of AWS Lambda', async () => {
    const world = await LambdaWorld.open([
      { name: NAME, alias: 'live', isProvisioned: true },
      { name: 'other' },
      { name: 'third' },
    ]);
    const cli = new AwsCli(world.surroundings, world.lambda.url);
    const named = ['--function-name', `arn:aws:lambda:${REGION}:000000000000:function:${NAME}`];
    // By pages of two, which it puts together.
    expect(await cli.ask('lambda', 'list-functions')).toMatchObject({ Functions: [{}, {}, {}] });
    expect(await cli.ask('lambda', 'get-function', ...named)).toMatchObject({
      Configuration: { FunctionName: NAME, State: 'Active', LastUpdateStatus: 'Successful' },
      Code: { RepositoryType: 'S3' },
    });
    const { RevisionId } = (await cli.ask('lambda', 'get-function-configuration', ...named)) as {
      RevisionId: string;
    };
    const environment = JSON.stringify({ Variables: { ...VARIABLES, STAGE: 'new' } });
    const update = ['lambda', 'update-function-configuration', ...named, '--environment', environment];
    expect(await cli.ask(...update, '--revision-id', RevisionId)).toMatchObject({
      LastUpdateStatus: 'InProgress',
    });
    await until('it is updated', () => world.lambda.function(NAME).latest.lastUpdateStatus === 'Successful');
    expect(await cli.ask(...update, '--revision-id', RevisionId)).toContain('(PreconditionFailedException)');
    expect(await cli.ask('lambda', 'publish-version', ...named)).toMatchObject({ Version: '2' });
    const alias = [...named, '--name', 'live'];
    expect(await cli.ask('lambda', 'update-alias', ...alias, '--function-version', '2')).toMatchObject({
      FunctionVersion: '2',
    });
    expect(await cli.ask('lambda', 'get-alias', ...alias)).toMatchObject({
      Name: 'live',
      FunctionVersion: '2',
    });
    const provisioned = ['lambda', 'get-provisioned-concurrency-config', ...named, '--qualifier'];
    expect(await cli.ask(...provisioned, 'live')).toMatchObject({ Status: expect.any(String) });
    expect(await cli.ask(...provisioned, '1')).toContain('(ProvisionedConcurrencyConfigNotFoundException)');
    cli.close();
    await world.close();
  });

  it('the sandbox of AWS Systems Manager', async () => {
    const world = await SsmWorld.open();
    const cli = new AwsCli(world.surroundings, world.ssm.url);
    const send = [
      'ssm',
      'send-command',
      '--document-name',
      'AWS-RunShellScript',
      '--targets',
      'Key=tag:role,Values=checkout',
    ];
    const sent = await cli.ask(...send, '--parameters', 'commands=echo hello');
    const { CommandId } = (sent as { Command: { CommandId: string } }).Command;
    await world.ended();
    const invocations = await cli.ask(
      'ssm',
      'list-command-invocations',
      '--details',
      '--command-id',
      CommandId,
    );
    expect(invocations).toMatchObject({
      CommandInvocations: threeTimes({ Status: 'Success', CommandPlugins: [{ Output: 'hello\n' }] }),
    });
    expect(await cli.ask('ssm', 'list-commands', '--command-id', CommandId)).toMatchObject({
      Commands: [{ Status: 'Success', TargetCount: 3 }],
    });
    expect(await cli.ask('ssm', 'describe-instance-information')).toMatchObject({
      InstanceInformationList: threeTimes({ PingStatus: 'Online' }),
    });
    expect(await cli.ask('ssm', 'describe-document', '--name', 'none')).toContain('(InvalidDocument)');
    cli.close();
    await world.close();
  });
});
