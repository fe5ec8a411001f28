import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allOperations } from '../../../src/triggers/api/operations/index.js';
import { SCOPES, type Scope } from '../../../src/triggers/access/scope.js';
import { ApiWorld } from '../api-world.js';

/** No such run: what is asked of it changes nothing, and an event stream ends at once. */
const PARAMS: Readonly<Record<string, string>> = {
  name: 'checkout',
  id: 'run_0',
  approval: 'apr_0',
  target: 'web',
  token: 'none',
  delivery: 'dlv_0',
  fingerprint: '00000000',
  notifier: 'none',
  notification: 'none',
};

/** That may be for some rotations alone. */
const OF_ROTATIONS = ['read', 'rotate', 'approve', 'pause'];

/** A stream of all runs has no end of its own. */
const QUERIES: Readonly<Record<string, string>> = { '/v1/events/stream': '?for=0s' };

describe('every operation of the API', () => {
  let world: ApiWorld;
  const tokens = new Map<string, string>();
  beforeAll(async () => {
    world = await ApiWorld.open({ others: { search: { env: 'staging' } } });
    const labelled = OF_ROTATIONS.map((scope) => `${scope}[env=staging]`);
    for (const grant of [...SCOPES, ...labelled]) tokens.set(grant, await world.tokenWith([grant]));
  });
  afterAll(async () => world.close());

  let asked = 0;
  const ask = async (
    operation: Pick<ReturnType<typeof allOperations>[number], 'method' | 'path'>,
    grant: string | undefined,
  ) => {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMS[name] ?? '');
    const url = `${path}${QUERIES[operation.path] ?? ''}`;
    const authorization = grant === undefined ? {} : { authorization: `Bearer ${tokens.get(grant)}` };
    const payload = operation.method === 'POST' ? { payload: {} } : {};
    // Each from an address of its own: so many without a token would be too many of one.
    asked += 1;
    const remoteAddress = `10.0.${Math.floor(asked / 250)}.${(asked % 250) + 1}`;
    return world.app.inject({
      method: operation.method,
      url,
      headers: authorization,
      remoteAddress,
      ...payload,
    });
  };
  const isAllowed = (needed: Scope | null, scope: Scope) =>
    needed === null || scope === needed || scope === 'admin';
  const ofDelivery = allOperations().filter(({ scope }) => scope === 'delivery');
  const scoped = allOperations().flatMap((operation) => {
    const { scope } = operation;
    return scope === 'delivery' ? [] : [{ ...operation, scope }];
  });

  const cases = scoped.flatMap((operation) =>
    SCOPES.map((scope) => [scope, `${operation.method} ${operation.path}`, operation] as const),
  );
  it.each(cases)('with the scope %s: %s', async (scope, _where, operation) => {
    const { statusCode } = await ask(operation, scope);
    const isEnough = isAllowed(operation.scope, scope) || operation.orScope === scope;
    expect(statusCode === 403).toBe(!isEnough);
    expect(statusCode).not.toBe(401);
    expect(statusCode).toBeLessThan(500);
  });

  it.each(allOperations().map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'without a token: %s',
    async (_where, operation) => {
      expect((await ask(operation, undefined)).statusCode === 401).toBe(operation.scope !== null);
    },
  );

  it.each(
    ofDelivery.flatMap((operation) => SCOPES.map((scope) => [operation.path, scope, operation] as const)),
  )('for the token of a delivery alone: %s, with the scope %s', async (_path, scope, operation) => {
    expect((await ask(operation, scope)).statusCode).toBe(401);
  });

  const labelled = allOperations().filter(({ scope }) => OF_ROTATIONS.includes(String(scope)));
  it.each(labelled.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'with the right scope for other rotations: %s',
    async (_where, operation) => {
      const { statusCode } = await ask(operation, `${operation.scope}[env=staging]`);
      expect(statusCode === 403).toBe(operation.isNarrowed !== true);
    },
  );

  it('needs a token also where there is nothing, so that nobody learns what there is', async () => {
    expect((await world.app.inject({ method: 'GET', url: '/v1/secrets' })).statusCode).toBe(401);
    const known = { authorization: `Bearer ${tokens.get('read')}` };
    expect((await world.app.inject({ method: 'GET', url: '/v1/secrets', headers: known })).statusCode).toBe(
      404,
    );
  });
});
