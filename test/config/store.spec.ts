import { describe, expect, it } from '@jest/globals';
import { lines } from './refused.js';

const ROLE = 'roleArn: "arn:aws:iam::111122223333:role/rotor"';

function config(store: string): string {
  return [
    'version: 1',
    "cloud: { apiKey: '${env:EC_API_KEY}' }",
    'rotations:',
    '  - name: checkout',
    '    select: { deployment: checkout-prod }',
    '    store: { type: aws-secrets-manager, secretId: prod/apm/checkout,',
    `             ${store} }`,
    '    targets: []',
    '',
  ].join('\n');
}

describe('the credentials of a store', () => {
  it('know an external id only where the role is taken on with keys', () => {
    const both = `credentials: { ${ROLE}, webIdentityTokenFile: /run/token, externalId: rotor }`;
    expect(lines(config(both))).toEqual([
      'rotor.yaml:7:112 rotations.0.store.credentials.externalId: found externalId beside webIdentityTokenFile, ' +
        'expected one of the two, as AWS knows no external id for a role that is taken on with an identity token. ' +
        'Say in the trust policy of the role which subject may take it on.',
    ]);
  });

  it('name a role, by its ARN', () => {
    expect(lines(config('credentials: { roleArn: rotor }'))).toEqual([
      'rotor.yaml:7:38 rotations.0.store.credentials.roleArn: found "rotor", expected the ARN of a role, such as "arn:aws:iam::111122223333:role/rotor".',
    ]);
    expect(lines(config('credentials: { sessionName: rotor }'))).toHaveLength(1);
  });
});

describe('a secret whose rotation AWS drives', () => {
  it.each([
    ['tags', 'tags: { team: shop }'],
    ['replicaRegions', 'replicaRegions: [us-west-2]'],
  ])('has no %s', (key, store) => {
    expect(lines(config(`drivenBy: aws, ${store}`))[0]).toMatch(
      `rotations.0.store.${key}: found ${key} in a secret whose rotation AWS drives, expected no ${key}`,
    );
  });
});
