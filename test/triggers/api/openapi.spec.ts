import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { openApiDocument } from '../../../src/triggers/api/openapi.js';
import { allOperations, operationAt, routeOf } from '../../../src/triggers/api/operations/index.js';
import { packageVersion } from '../../../src/version.js';
import { ApiWorld } from '../api-world.js';
import { assertDocumented } from './answer-check.js';

const COMMITTED = new URL('../../../docs/openapi.json', import.meta.url);

const aCopy = () => JSON.parse(JSON.stringify(openApiDocument(packageVersion()))) as Record<string, unknown>;

describe('the document of the API', () => {
  let world: ApiWorld;
  beforeAll(async () => {
    world = await ApiWorld.open();
  });
  afterAll(async () => world.close());

  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(aCopy());
    expect([valid, errors]).toEqual([true, undefined]);
  });

  it('is the one that is committed: `npm run openapi` writes it', () => {
    const committed: unknown = JSON.parse(readFileSync(COMMITTED, 'utf8'));
    expect(committed).toEqual(aCopy());
  });

  it('is served to whoever asks', async () => {
    const reply = await world.app.inject({ method: 'GET', url: '/openapi.json' });
    expect([reply.statusCode, reply.json<{ openapi: string }>().openapi]).toEqual([200, '3.1.1']);
  });

  it('describes what there is: a route that it does not name ends the start', async () => {
    const fastify = world.app.getHttpAdapter().getInstance();
    const missing = allOperations().filter(
      ({ method, path }) => !fastify.hasRoute({ method, url: routeOf(path) }),
    );
    expect(missing.map(({ id }) => id)).toEqual([]);
    const another = () => operationAt('GET', '/v1/secrets/:id');
    expect(another).toThrow('no operation');
  });

  it('finds an answer that it does not describe', () => {
    const answer = { method: 'GET', url: '/v1/rotations', status: 200, type: 'application/json' };
    expect(() => assertDocumented({ ...answer, body: '{"rotations":[],"next":null}' })).not.toThrow();
    expect(() => assertDocumented({ ...answer, body: '{"rotations":[],"next":null,"more":1}' })).toThrow(
      'not as documented',
    );
    expect(() => assertDocumented({ ...answer, status: 202, body: '{}' })).toThrow('says another');
    expect(() => assertDocumented({ ...answer, type: 'text/html', body: '' })).toThrow('not documented');
    const linked = { ...answer, body: '{"rotations":[],"next":null}', headers: ['link'] };
    expect(() => assertDocumented(linked)).not.toThrow();
    expect(() => assertDocumented({ ...linked, headers: ['location'] })).toThrow('with location');
    expect(() => assertDocumented({ ...answer, url: '/v1/nothing', body: '{}' })).toThrow('no operation');
  });
});
