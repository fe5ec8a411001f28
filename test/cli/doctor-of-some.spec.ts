import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotorHere as rotor } from './in-process.js';

/** None of them can be looked at: there is no key of the cloud. */
const CONFIG = `version: 1
cloud: { apiKey: '\${env:NO_KEY}' }
rotations:
  - name: checkout
    labels: { env: prod }
    select: { deployment: checkout-prod }
    store: { type: aws-secrets-manager, secretId: apm/checkout, region: eu-central-1 }
    targets: []
  - name: docs
    select: { deployment: docs }
    store: { type: aws-secrets-manager, secretId: apm/docs, region: eu-central-1 }
    targets: []
`;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotor-doctor-'));
  file = join(folder, 'rotor.yaml');
  await writeFile(file, CONFIG);
});
afterAll(async () => rm(folder, { recursive: true }));

const doctor = async (...words: string[]) => rotor(['doctor', ...words, '--config', file]);

it.each([
  [[], [null, 'checkout', 'docs']],
  [['docs'], [null, 'docs']],
  [
    ['-l', 'env=prod'],
    [null, 'checkout'],
  ],
])('rotor doctor %j looks at the config, and at the rotations that are meant', async (words, whose) => {
  const { exit, stdout } = await doctor(...words, '--json');
  const { checks } = JSON.parse(stdout) as { checks: { rotation: string | null }[] };
  expect([exit, [...new Set(checks.map(({ rotation }) => rotation))]]).toEqual([3, whose]);
});

it.each([
  [[], ['checkout', 'docs']],
  [['docs'], ['docs']],
  [['-l', 'env=prod'], ['checkout']],
])('rotor doctor %j warns of those that are meant, and of what is about all', async (words, warned) => {
  const { checks } = JSON.parse((await doctor(...words, '--json')).stdout) as {
    checks: { detail: string }[];
  };
  const details = checks.map(({ detail }) => detail);
  const whose = details.flatMap((detail) => /^(\w+) brings a new token to the store/.exec(detail)?.[1] ?? []);
  expect(whose).toEqual(warned);
  expect(details).toContainEqual(expect.stringContaining('nobody will hear about failures'));
});

it.each([
  [['nope'], 'there is no rotation "nope"; the config declares checkout, docs'],
  [['-l', 'env=nope'], 'no rotation has the labels env=nope'],
  [['-l', 'env'], 'expected labels such as env=prod'],
  [['docs', '-l', 'env=prod'], 'name one rotation, or give --selector; both are given'],
])('rotor doctor %j is refused with a sentence', async (words, said) => {
  expect(await doctor(...words)).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringContaining(said),
  });
});

it('an API token that the service could not read is a fault of its set-up', async () => {
  const { stdout } = await rotor(['doctor', '--config', file], { ROTOR_TOKEN_FILE: '/nowhere' });
  expect(stdout).toMatch(/^fail +config +the file \/nowhere of ROTOR_TOKEN_FILE cannot be read/m);
});
