import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { lines } from './refused.js';

const KIBANA = "kibana: { url: https://kibana.example, apiKey: '${env:KIBANA_API_KEY}' }";

/** One rotation of these lines, with an Elastic Cloud or without. */
function config(rotation: string[], cloud = true): string {
  return [
    'version: 1',
    ...(cloud ? ["cloud: { apiKey: '${env:EC_API_KEY}' }"] : []),
    'rotations:',
    '  - name: checkout',
    '    store: { type: aws-secrets-manager, secretId: prod/apm/checkout }',
    '    targets: []',
    ...rotation.map((line) => `    ${line}`),
    '',
  ].join('\n');
}

describe('what an issuer needs', () => {
  it.each([
    ['auto, with a deployment', ['select: { deployment: a }']],
    ['fleet, with the Kibana of a deployment', ['issuer: fleet', 'select: { deployment: a }']],
  ])('is there for %s', (_name, rotation) => {
    expect(loadConfig('rotor.yaml', { text: config(rotation) }).rotations).toHaveLength(1);
  });

  it('is a Kibana alone, for one of your own: no cloud, no deployment', () => {
    const { cloud, rotations } = loadConfig('rotor.yaml', { text: config(['issuer: fleet', KIBANA], false) });
    expect(cloud).toBeUndefined();
    expect(rotations[0]).toMatchObject({ issuer: { type: 'fleet' }, select: {} });
  });

  it.each([
    [
      'a deployment, for auto',
      config(['description: x']),
      'rotor.yaml:4:5 rotations.0.select: found neither deployment nor tags, expected exactly one of deployment and tags. Name the deployment, or the tags that lead to it.',
    ],
    [
      'a deployment or a Kibana, for fleet',
      config(['issuer: fleet', 'select: { policy: x }']),
      'rotor.yaml:8:13 rotations.0.select: found neither deployment nor tags, expected exactly one of deployment and tags, or a `kibana` with a url. For a Kibana of your own write `kibana: { url: https://..., apiKey: ... }`.',
    ],
    [
      'a cloud, for a deployment',
      config(['select: { deployment: a }'], false),
      'rotor.yaml:6:13 rotations.0.select: found a deployment, and no `cloud` to look for it, expected `cloud` at the top of the file. Write `cloud: { apiKey: ${env:EC_API_KEY} }`.',
    ],
    [
      'credentials, for a Kibana',
      config(['issuer: fleet', 'kibana: { url: https://kibana.example, username: rotor }']),
      'rotor.yaml:8:13 rotations.0.kibana: found a mapping, expected an apiKey, or a username and a password. They open the Kibana of the deployment; the API key of the cloud does not.',
    ],
    [
      'one kind of credentials, for a Kibana',
      config(['issuer: fleet', `${KIBANA.slice(0, -1)}, username: rotor }`]),
      'rotor.yaml:8:13 rotations.0.kibana: found a mapping, expected an apiKey, or a username and a password. They open the Kibana of the deployment; the API key of the cloud does not.',
    ],
  ])('is asked for at its place: %s', (_name, text, line) => {
    expect(lines(text)).toEqual([line]);
  });
});

describe('two rotations of one Kibana', () => {
  const two = (...selects: string[]): string =>
    config([]).replace(
      /  - name: checkout[^]*/,
      selects
        .map((select, index) =>
          [
            `  - name: checkout-${index}`,
            `    store: { type: aws-secrets-manager, secretId: prod/apm/${index} }`,
            '    targets: []',
            '    issuer: fleet',
            `    ${KIBANA}`,
            `    select: ${select}`,
            '',
          ].join('\n'),
        )
        .join(''),
    );

  it('are refused unless they name different policies', () => {
    expect(lines(two('{ policy: a }', '{}'))[0]).toContain(
      'found the same APM resource as rotations.0.select',
    );
    expect(loadConfig('rotor.yaml', { text: two('{ policy: a }', '{ policy: b }') }).rotations).toHaveLength(
      2,
    );
  });
});
