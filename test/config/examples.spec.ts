import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { configJsonSchema, loadConfig } from '../../src/config/index.js';
import { configSchema } from '../../src/config/schema.js';

const EXAMPLES = ['deploy/rotor.minimal.yaml', 'deploy/rotor.complete.yaml'];
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(configJsonSchema());

const example = (path: string): unknown => parse(readFileSync(path, 'utf8'));

describe.each(EXAMPLES)('%s', (path) => {
  it('loads', () => {
    expect(loadConfig(path).rotations[0]?.name).toMatch(/^checkout/);
  });

  it('is valid by the JSON Schema and by the schema that it is made from', () => {
    validate(example(path));
    expect(validate.errors).toBeNull();
    expect(configSchema.safeParse(example(path)).success).toBe(true);
  });

  it('gives a config that is its own JSON, so that a run can keep it', () => {
    const config = loadConfig(path);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });
});

describe('the minimal config', () => {
  it('implies every default', () => {
    const [rotation] = loadConfig('deploy/rotor.minimal.yaml').rotations;
    expect(rotation).toEqual({
      name: 'checkout',
      select: { deployment: 'checkout-prod' },
      issuer: { type: 'auto' },
      kibana: { apiKey: '${file:/run/secrets/kibana_api_key}' },
      maxAgeMs: 2_592_000_000,
      renewBeforeMs: 259_200_000,
      schedule: { timezone: 'UTC', catchUp: 'next-window', blackouts: [], jitterMs: 1_200_000 },
      store: { type: 'aws-secrets-manager', secretId: 'prod/apm/checkout' },
      targets: [
        {
          type: 'file',
          name: 'apm-token',
          path: '/etc/checkout/apm-token',
          mode: '0600',
          reload: ['systemctl', 'reload', 'checkout'],
          reloadTimeoutMs: 30_000,
          checkTimeoutMs: 10_000,
          readyTimeoutMs: 600_000,
        },
      ],
      verify: {
        probes: 10,
        probeIntervalMs: 1_000,
        acceptDeadlineMs: 2_400_000,
        quietPeriodMs: 600_000,
        prepareDeadlineMs: 300_000,
        settleReads: 10,
      },
      watch: { everyMs: 60_000, onDrift: 'adopt' },
      retries: { max: 5, baseMs: 2_000, capMs: 120_000 },
      strategy: { maxConcurrentTargets: 5, waves: [], soakMs: 0, onTargetFailure: 'continue' },
      notify: [],
    });
  });
});

describe('the complete config', () => {
  const [first, second] = loadConfig('deploy/rotor.complete.yaml').rotations;
  const schedule = {
    cron: '0 3 * * TUE-THU',
    windowMs: 7_200_000,
    jitterMs: 1_200_000,
    catchUp: 'next-window',
    blackouts: [
      {
        from: Date.parse('2026-12-17T23:00:00Z'),
        to: Date.parse('2027-01-02T23:00:00Z'),
        reason: 'year-end freeze',
      },
    ],
  };

  it('merges defaults key by key under what a rotation says', () => {
    expect(first?.schedule).toEqual({ ...schedule, timezone: 'Europe/Paris' });
    expect(first?.verify).toMatchObject({ probes: 20, settleReads: 10, probeIntervalMs: 1_000 });
    expect(first?.retries).toEqual({ max: 8, baseMs: 2_000, capMs: 120_000 });
    expect([first?.maxAgeMs, first?.renewBeforeMs]).toEqual([5_184_000_000, 518_400_000]);
  });

  it('gives a rotation that says nothing all of defaults', () => {
    expect(second?.schedule).toEqual({ ...schedule, timezone: 'Europe/Berlin' });
    expect([second?.maxAgeMs, second?.renewBeforeMs]).toEqual([2_592_000_000, 259_200_000]);
  });

  it('names every field of the JSON Schema, so that none is left out of the example', () => {
    const written = keysOf(example('deploy/rotor.complete.yaml'));
    expect(fieldsOf(configJsonSchema()).filter((field) => !written.has(field))).toEqual([]);
  });
});

describe('the JSON Schema', () => {
  it('describes every field', () => {
    expect(undescribed(configJsonSchema())).toEqual([]);
  });

  it('writes defaults as they stand in the file', () => {
    const text = JSON.stringify(configJsonSchema());
    for (const each of [
      '"default":"40m"',
      '"default":"0600"',
      '"default":"127.0.0.1:8080"',
      '"default":10',
    ]) {
      expect(text).toContain(each);
    }
  });

  it.each([
    ['an unknown key', { extra: 1 }],
    ['an inline secret', { cloud: { apiKey: 'a value of its own' } }],
    ['another version', { version: 2 }],
    ['no rotation', { rotations: [] }],
    ['a plain http endpoint', { cloud: { apiKey: '${env:X}', endpoint: 'http://api.example.com' } }],
  ])('refuses %s', (_, change) => {
    expect(validate({ ...Object(example(EXAMPLES[0]!)), ...change })).toBe(false);
  });
});

/** Name and schema of every field, at any depth. */
function fieldsIn(schema: unknown): [string, object][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inside = Object.values(schema).flatMap(fieldsIn);
  return 'properties' in schema ? [...Object.entries<object>(Object(schema.properties)), ...inside] : inside;
}

function fieldsOf(schema: unknown): string[] {
  return fieldsIn(schema).map(([name]) => name);
}

function undescribed(schema: unknown): string[] {
  return fieldsIn(schema)
    .filter(([name, field]) => name !== 'type' && !('description' in field))
    .map(([name]) => name);
}

function keysOf(value: unknown): Set<string> {
  if (typeof value !== 'object' || value === null) return new Set();
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return new Set([...own, ...Object.values(value).flatMap((each) => [...keysOf(each)])]);
}
