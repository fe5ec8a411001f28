import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { explain } from '../../src/cli/explain.js';
import { allFields, exampleOf, fieldsAt, wholeOf } from '../../src/config/described-fields.js';
import { configJsonSchema } from '../../src/config/index.js';
import { rotor } from './rotor-command.js';

const whole = wholeOf(configJsonSchema());
const complete: unknown = parse(readFileSync('deploy/rotor.complete.yaml', 'utf8'));

describe('the fields of the config', () => {
  const fields = allFields(whole);

  it('are found by their paths, each of them alone', () => {
    expect(fields.length).toBeGreaterThan(150);
    const lost = fields.filter((field) => {
      const found = fieldsAt(whole, field.path);
      return found.length !== 1 || found[0]?.schema !== field.schema;
    });
    expect(lost.map(({ path }) => path.join('.'))).toEqual([]);
  });

  it('have an example each, where it stands', () => {
    const without = fields.filter((field) => exampleOf(complete, field) === undefined);
    // Of a few that several kinds have in common the example shows one.
    const shown = new Set(fields.filter((field) => !without.includes(field)).map(({ path }) => path.at(-1)));
    expect(without.map(({ path }) => path.at(-1)).filter((name) => !shown.has(name))).toEqual([]);
  });

  it.each([
    ['rotations.0.targets.3.namespaces', ['rotations.targets.kubernetes.namespaces']],
    ['rotations.targets.cluster', ['rotations.targets.ecs.cluster']],
    [
      'notifiers.ops.url',
      ['webhook', 'slack', 'pagerduty', 'healthchecks'].map((kind) => `notifiers.<name>.${kind}.url`),
    ],
    ['notifiers.ops.webhook.url', ['notifiers.<name>.webhook.url']],
    ['rotations.store.aws-secrets-manager.region', ['rotations.store.region']],
    ['rotations.issuer.type', ['rotations.issuer.type']],
    ['rotations.nope', []],
    ['version.nope', []],
  ])('%s means %j', (path, meant) => {
    expect(fieldsAt(whole, path.split('.')).map((field) => field.path.join('.'))).toEqual(meant);
  });
});

describe('rotor explain', () => {
  let service: Record<string, string>;
  beforeAll(() => {
    service = { ROTOR_ADDR: 'http://127.0.0.1:9', ROTOR_TOKEN: 'none' };
  });

  it.each([
    [
      'instances_disagree',
      /^instances_disagree\n {2}Of several fresh connections .*\n\n {2}what to do:\n {2}- Restart/,
    ],
    ['plan failed', /^plan_failed\n {2}Elastic Cloud could not apply/],
    ['https://rotor.example.com/problems/not-rotatable', /^not_rotatable\n/],
  ])('says what %s means, without a service', async (word, says) => {
    const { exit, stdout } = await rotor(['explain', word], service);
    expect(exit).toBe(0);
    expect(stdout).toMatch(says);
  });

  it('says of a code that is none which one is the nearest', async () => {
    await expect(explain('not_rotateable', {})).rejects.toMatchObject({
      code: 'not_found',
      hint: 'The nearest one is not_rotatable.',
    });
  });

  it('says what a field is, without a service', async () => {
    const { exit, stdout } = await rotor(['explain', 'rotations.targets.file.format'], service);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^rotations\.targets\.file\.format\n {2}What the file is/);
    expect(stdout).toMatch(/type +string/);
    expect(stdout).toMatch(/required +no/);
    expect(stdout).toMatch(/default +plain/);
    expect(stdout).toMatch(/values +plain, .*properties/);
    expect(stdout).toMatch(/example:\n +rotations:\n +- targets:\n +- type: file\n +format: plain/);
  });

  it('lists what is at the top, and for programs all of it as JSON', async () => {
    const { stdout } = await rotor(['explain']);
    expect(stdout).toMatch(/version \* +Version of this format\./);
    expect(stdout).toMatch(/rotations \* +What is rotated\./);
    expect((await rotor(['explain', 'rotations.targets', '-o', 'name'])).stdout.split('\n')).toContain(
      'rotations.targets.kubernetes',
    );
    const json = JSON.parse((await rotor(['explain', 'rotations.verify.probes', '--json'])).stdout) as object;
    expect(json).toMatchObject({
      path: 'rotations.verify.probes',
      type: 'integer from 3 to 50',
      default: 10,
      required: false,
      example: expect.stringContaining('probes: 20'),
    });
  });

  it.each([
    ['rotations.targets.file.fromat', 'rotations.targets.file.format'],
    ['format', 'rotations.targets.file.format'],
    ['rotations.maxage', 'rotations.maxAge'],
  ])('says for %s that the nearest one is %s', async (path, near) => {
    await expect(explain(path, {})).rejects.toMatchObject({
      exitCode: 2,
      message: `the config has no field ${path}`,
      hint: expect.stringMatching(new RegExp(`^The nearest ones are: ([\\w.-]+, )*${near}[,.]`)),
    });
  });

  it.each([
    ['rotations.targets.nope', 'Below rotations.targets there are: rotations.targets.ecs, '],
    ['nope', 'At the top there are: version, server, stateDir, cloud, notifiers, defaults, rotations.'],
    ['nope.x', 'At the top there are: version, '],
    ['rotations.nope', / and \d+ more; `rotor explain rotations` lists all of them\.$/],
  ])('says for %s, which is near to nothing, what there is', async (path, hint) => {
    await expect(explain(path, {})).rejects.toMatchObject({ hint: expect.stringMatching(hint) });
  });

  it('asks which kind is meant where they differ', async () => {
    const { exit, stderr } = await rotor(['explain', 'rotations.targets.name']);
    expect(exit).toBe(2);
    expect(stderr).toContain('rotations.targets.ecs.name, rotations.targets.file.name');
  });
});
