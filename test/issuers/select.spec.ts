import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { resourceSelect } from '../../src/issuers/select.js';

describe('the selection of a resource', () => {
  it.each([
    ['nothing, where the Kibana is named', {}],
    ['a deployment', { deployment: 'a' }],
    ['tags', { tags: { env: 'prod' } }],
    ['a ref id besides', { deployment: 'a', refId: 'main-apm' }],
    ['a policy besides', { deployment: 'a', policy: 'elastic-cloud-apm' }],
  ])('may be %s', (_name, select) => {
    expect(resourceSelect.parse(select)).toEqual(select);
  });

  it.each([
    ['both a deployment and tags', { deployment: 'a', tags: { env: 'prod' } }],
    ['no tag', { tags: {} }],
    ['an empty name', { deployment: '' }],
    ['an unknown key', { deployment: 'a', name: 'b' }],
    ['the alias _main', { deployment: 'a', refId: '_main' }],
  ])('may not be %s', (_name, select) => {
    expect(resourceSelect.safeParse(select).success).toBe(false);
  });

  it('describes each of its fields', () => {
    const { properties = {} } = z.toJSONSchema(resourceSelect, { io: 'input' });
    expect(Object.keys(properties)).toEqual(['deployment', 'tags', 'refId', 'policy']);
    for (const field of Object.values(properties)) expect(field).toHaveProperty('description');
  });
});
