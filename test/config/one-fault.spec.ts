import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/index.js';
import { FAULTS } from './faults.js';
import { FILE_FAULTS } from './file-faults.js';
import { STRATEGY_FAULTS } from './strategy-faults.js';
import { SCHEDULE_FAULTS } from './schedule-faults.js';
import { configWith, findings, lines } from './refused.js';

describe('one fault in the file', () => {
  it.each([...FAULTS, ...FILE_FAULTS, ...SCHEDULE_FAULTS, ...STRATEGY_FAULTS])(
    'is refused at its place: %s',
    (_, parts, line) => {
      expect(lines(configWith(parts))).toEqual([`rotor.yaml:${line}`]);
    },
  );

  it('is none where nothing is wrong, so the table above tests what it says', () => {
    expect(loadConfig('rotor.yaml', { text: configWith() }).rotations).toHaveLength(1);
  });
});

describe('an endpoint', () => {
  it.each(['user@a.example', ':pass@a.example', 'a.example/?q=1', 'a.example/#f', ''])(
    'is refused as https://%s',
    (rest) => {
      expect(findings(endpoint(`https://${rest}`)).map(({ path }) => path)).toEqual(['cloud.endpoint']);
    },
  );

  it('may have a port and a path, and loses the slash at its end', () => {
    const { cloud } = loadConfig('rotor.yaml', { text: endpoint('https://a.example:8443/ec/') });
    expect(cloud?.endpoint).toBe('https://a.example:8443/ec');
  });
});

describe('a kind that does not exist yet', () => {
  it.each(['eck', 'self-managed', 'api-key'])('is refused by name: issuer %s', (kind) => {
    expect(findings(configWith({ rotation: `issuer: ${kind}` }))[0]?.hint).toBe(
      `issuer ${kind} does not exist in this version of Rotor; it knows: auto, elastic-cloud, fleet.`,
    );
  });

  it.each(['vault-kv2', 'kubernetes', 'file', 'gcp-secret-manager', 'azure-key-vault'])(
    'is refused by name: store %s',
    (kind) => {
      expect(lines(store(kind))).toEqual([
        `rotor.yaml:7:20 rotations.0.store.type: found "${kind}", expected one of: aws-secrets-manager. store ${kind} does not exist in this version of Rotor; it knows: aws-secrets-manager.`,
      ]);
    },
  );

  it.each(['gateway'])('is refused by name: target %s', (kind) => {
    expect(findings(configWith({ targets: `    targets: [{ type: ${kind} }]` }))[0]?.hint).toBe(
      `target ${kind} does not exist in this version of Rotor; it knows: ecs, file, kubernetes, lambda, ssm-run-command, webhook.`,
    );
  });
});

describe('the version', () => {
  it.each(['2', '"1"', '0'])('is refused when it is %s', (version) => {
    expect(lines(configWith().replace('version: 1', `version: ${version}`))).toEqual([
      `rotor.yaml:1:10 version: found ${version}, expected 1. This version of Rotor reads version 1 of the config and no other.`,
    ]);
  });
});

function store(type: string): string {
  const known = 'store: { type: aws-secrets-manager, secretId: prod/apm/checkout }';
  return configWith().replace(known, `store: { type: ${type} }`);
}

function endpoint(url: string): string {
  return configWith({ cloud: `cloud: { apiKey: '\${env:X}', endpoint: '${url}' }` });
}

describe('the name of a secret', () => {
  it.each(['"a b"', '"a\\n"', `"${'a'.repeat(513)}"`, 'a%b'])('is refused as %s', (name) => {
    const [finding] = findings(configWith().replace('prod/apm/checkout', name));
    expect(finding).toMatchObject({ path: 'rotations.0.store.secretId' });
  });

  it.each(['prod/apm_token+x=1.y@z-1', 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:a/b-AbCdEf'])(
    'may be %s',
    (name) => {
      const text = configWith().replace('prod/apm/checkout', name);
      expect(loadConfig('rotor.yaml', { text }).rotations[0]?.store).toMatchObject({ secretId: name });
    },
  );
});
