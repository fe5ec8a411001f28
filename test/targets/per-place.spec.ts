import { Agent } from 'node:https';
import { expect, it } from '@jest/globals';
import { PerPlace, type Where } from '../../src/aws/per-place.js';

const roleArn = (account: string): string => `arn:aws:iam::${account}:role/rotor`;
const here: Where = {
  agent: new Agent(),
  place: {
    region: 'eu-central-1',
    endpoint: 'https://ecs.example.test',
    credentials: { roleArn: roleArn('000000000000') },
  },
};
const at = (place: Partial<Where['place']>): Where => ({ ...here, place: { ...here.place, ...place } });

it('is the same for whoever speaks to one place as one role', () => {
  const kept = new PerPlace(() => ({}));
  expect(kept.of(at({}), ['shop'])).toBe(kept.of(here, ['shop']));
});

it.each([
  ['another region', at({ region: 'eu-west-1' }), ['shop']],
  ['another endpoint', at({ endpoint: undefined }), ['shop']],
  ['another role', at({ credentials: { roleArn: roleArn('111111111111') } }), ['shop']],
  ['no role', at({ credentials: undefined }), ['shop']],
  ['another way there', { ...here, agent: new Agent() }, ['shop']],
  ['another part of it', here, ['mail']],
])('is another one for %s', (_, where, part) => {
  const kept = new PerPlace(() => ({}));
  expect(kept.of(where, part)).not.toBe(kept.of(here, ['shop']));
});
