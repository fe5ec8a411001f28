import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import {
  configJsonSchema,
  effectiveIn,
  loadConfig,
  readConfig,
  shownConfig,
} from '../../src/config/index.js';
import type { Config, LoadedConfig } from '../../src/config/index.js';
import { configSchema } from '../../src/config/schema.js';
import { nested } from '../../src/config/shown-config.js';
import { DELIVERY_DEADLINE_MS, DELIVERY_TIMEOUT_MS } from '../../src/rotation/policy.js';
import { formatOf } from '../../src/targets/file/formats.js';
import { configWith } from './refused.js';

const SHARED_BLACKOUT =
  'defaults: { schedule: { timezone: Europe/Berlin, blackouts: [{ from: 2026-12-18T00:00, to: 2027-01-03T00:00, reason: freeze }] } }';
const OWN_BLACKOUT =
  'schedule: { timezone: America/New_York, blackouts: [{ from: 2026-06-01T00:00, to: 2026-06-02T00:00, reason: fair }] }';

/** Applied where it is used, so that a config does not hold what was not written. */
const APPLIED_LATE: Readonly<Record<string, unknown>> = {
  sessionName: 'rotor',
  space: 'default',
  agent: 'any',
};

function withoutAssumed(key: string, value: unknown): unknown {
  return value === APPLIED_LATE[key] ? undefined : value;
}

/** What has an effect: what a target that says nothing of its own is delivered to by, and no schedule where AWS drives. */
function inEffect(config: Config) {
  const ofAws = { maxAgeMs: undefined, renewBeforeMs: undefined, schedule: undefined };
  const rotations = config.rotations.map((rotation) => ({
    ...rotation,
    ...(rotation.store.drivenBy && ofAws),
    targets: rotation.targets.map((target) => ({
      deadlineMs: DELIVERY_DEADLINE_MS,
      timeoutMs: DELIVERY_TIMEOUT_MS,
      retriesMax: rotation.retries.max,
      ...(target.type === 'file' && { format: formatOf(target) }),
      ...target,
    })),
  }));
  return JSON.parse(JSON.stringify({ ...config, rotations }), withoutAssumed) as unknown;
}

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

describe('what holds', () => {
  const textOf = (path: string) => readFileSync(path, 'utf8');

  /** A wave of defaults may be one that some rotation has nobody in, which no rotation could write itself. */
  const withoutWaves = (text: string) =>
    text.replace(/waves: \[canary, /, 'waves: [').replace(/wave: canary.*/, '');

  it.each([
    ['deploy/rotor.minimal.yaml', textOf('deploy/rotor.minimal.yaml')],
    ['deploy/rotor.complete.yaml', withoutWaves(textOf('deploy/rotor.complete.yaml'))],
    ['two clocks', configWith({ head: SHARED_BLACKOUT, rotation: OWN_BLACKOUT })],
    [
      'AWS drives',
      configWith({ head: 'defaults: { maxAge: 30d }' }).replace('store: {', 'store: { drivenBy: aws,'),
    ],
  ])('is the same config where it is written out and loaded: %s', (path, text) => {
    const loaded = readConfig(path, { text });
    const writtenOut = stringify(nested(effectiveIn(loaded), 0));
    expect(inEffect(loadConfig('again.yaml', { text: writtenOut }))).toEqual(inEffect(loaded.config));
    expect(writtenOut.split('\n').length).toBeGreaterThan(text.split('\n').length);
  });

  const originsIn = (loaded: LoadedConfig) =>
    Object.fromEntries(
      shownConfig(loaded.file, effectiveIn(loaded)).values.map(({ path, value, origin }) => [
        path,
        { value, origin },
      ]),
    );

  it('comes from a line of the file, a variable, a flag or nowhere, the one that wins', () => {
    const text = configWith({
      head: 'defaults: { maxAge: 20d, retries: { max: 3 } }',
      rotation: 'maxAge: 10d',
    });
    const overrides = { listen: { host: '::1', port: 80 }, stateDir: '/var/lib/rotor' };
    const origins = originsIn(
      readConfig('rotor.yaml', { text, env: { overrides }, listen: '127.0.0.1:9000' }),
    );
    expect(origins).toMatchObject({
      'rotations.0.maxAge': { value: '10d', origin: { from: 'file', line: 8, column: 13 } },
      'rotations.0.renewBefore': { value: '1d', origin: { from: 'default' } },
      'rotations.0.retries.max': { value: 3, origin: { from: 'file', line: 3, column: 42 } },
      'rotations.0.retries.base': { value: '2s', origin: { from: 'default' } },
      'server.listen': { value: '127.0.0.1:9000', origin: { from: 'flag', flag: '--listen' } },
      stateDir: { value: '/var/lib/rotor', origin: { from: 'environment', variable: 'ROTOR_STATE_DIR' } },
    });
  });

  it('is shown without what could open a door', () => {
    const head = `notifiers:
  ops: { type: webhook, url: 'https://hooks.example.com/services/T0/B0/s3cr3t?k=s3cr3t', secret: '\${env:HOOK}' }`;
    const { 'notifiers.ops.url': url, 'notifiers.ops.secret': secret } = originsIn(
      readConfig('rotor.yaml', { text: configWith({ head }) }),
    );
    expect([url?.value, secret?.value]).toEqual(['https://hooks.example.com/[hidden]', '${env:HOOK}']);
  });

  it('is shown without what commands say, and without passwords in the addresses of a list', () => {
    const text = readFileSync('deploy/rotor.complete.yaml', 'utf8');
    const isCommand = (path: string) => /\.targets\.\d+\.(reload|check|commands)$/.test(path);
    const origins = Object.entries(originsIn(readConfig('rotor.yaml', { text })));
    const commands = origins.filter(([path]) => isCommand(path));
    expect(new Set(commands.map(([path]) => path.split('.').at(-1)))).toEqual(
      new Set(['reload', 'check', 'commands']),
    );
    for (const [, { value }] of commands) expect(new Set(value as string[])).toEqual(new Set(['[hidden]']));
    const [address] = shownConfig('rotor.yaml', [
      { path: ['list'], value: ['https://ada:s3cr3t@example.com/a?k=s3cr3t'], origin: { from: 'default' } },
    ]).values;
    expect(address?.value).toEqual(['https://[hidden]@example.com/a?[hidden]']);
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
      approval: { required: false, environments: [], approvers: [], expiresMs: 14_400_000 },
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
