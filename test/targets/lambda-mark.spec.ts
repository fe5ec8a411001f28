import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import { differences } from '../../src/targets/lambda/mark.js';

const VERSION: FunctionConfiguration = {
  FunctionName: 'checkout',
  CodeSha256: 'a',
  Architectures: ['x86_64'],
  VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: [], VpcId: 'vpc-1' },
  TracingConfig: { Mode: 'PassThrough' },
  SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' },
  Environment: { Variables: { STAGE: 'prod' } },
  Version: '7',
  RevisionId: 'a',
  LastModified: '2026-01-01T00:00:00.000+0000',
  State: 'Active',
};
const LATEST: FunctionConfiguration = {
  ...VERSION,
  SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' },
  Environment: { Variables: { STAGE: 'prod', ROTOR_TOKEN_FINGERPRINT: '01234567' } },
  Version: '$LATEST',
  RuntimeVersionConfig: { RuntimeVersionArn: 'arn:aws:lambda:eu-central-1::runtime:b' },
  RevisionId: 'b',
  LastModified: '2026-02-02T00:00:00.000+0000',
  LastUpdateStatus: 'Successful',
};

describe('what a new version of a function would release', () => {
  it('is nothing where only the mark is new, and what AWS itself says of a version', () => {
    expect(differences(LATEST, VERSION)).toEqual([]);
  });

  it.each([
    ['VpcConfig', { VpcConfig: { SubnetIds: ['subnet-2'], SecurityGroupIds: [], VpcId: 'vpc-1' } }],
    ['Architectures', { Architectures: ['arm64'] }],
    ['TracingConfig', { TracingConfig: { Mode: 'Active' } }],
    ['DeadLetterConfig', { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:eu-central-1:000000000000:dead' } }],
    ['LoggingConfig', { LoggingConfig: { LogFormat: 'JSON' } }],
    ['SnapStart', { SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' } }],
    ['AddedOneDay', { AddedOneDay: { Mode: 'new' } }],
    ['variable STAGE', { Environment: { Variables: { STAGE: 'new' } } }],
  ])('is %s where that is another', (name, over) => {
    expect(differences({ ...LATEST, ...over } as FunctionConfiguration, VERSION)).toEqual([name]);
  });
});
