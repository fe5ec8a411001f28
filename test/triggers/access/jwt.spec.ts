import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { TrustedIssuers } from '../../../src/triggers/access/jwt.js';
import { ApiWorld } from '../api-world.js';

const ISSUER = 'https://ci.example.com';
const AUDIENCE = 'rotor';
const allow = [
  { claims: { repository: 'acme/deploy' }, grants: ['rotate[env=prod]'] },
  { claims: { groups: 'sre' }, grants: ['read', 'pause'] },
];

describe('a token that another service has signed', () => {
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let strangers: Awaited<ReturnType<typeof generateKeyPair>>;
  let server: Server;
  let world: ApiWorld;

  beforeAll(async () => {
    [keys, strangers] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256' };
    server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(async () => {
    const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    world = await ApiWorld.open({ issuers: [{ issuer: ISSUER, audience: AUDIENCE, jwksUri, allow }] });
  });
  afterEach(async () => world.close());

  const signed = async (
    claims: JWTPayload,
    {
      key = keys.privateKey,
      ...more
    }: { key?: typeof keys.privateKey; issuer?: string; audience?: string; until?: string } = {},
  ) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject('repo:acme/deploy')
      .setIssuer(more.issuer ?? ISSUER)
      .setAudience(more.audience ?? AUDIENCE)
      .setExpirationTime(more.until ?? '5m')
      .sign(key);
  const ask = async (token: string, method: 'GET' | 'POST', url: string) =>
    world.ask(method, url, method === 'POST' ? {} : undefined, { authorization: `Bearer ${token}` });

  it('may do what the rules allow whose claims it has, and is named in what it does', async () => {
    const job = await signed({ repository: 'acme/deploy' });
    const started = await ask(job, 'POST', '/v1/rotations/checkout/runs');
    expect(started.status).toBe(202);
    expect((await world.ask('GET', String(started.headers['location']))).body).toMatchObject({
      trigger: { by: 'repo:acme/deploy of https://ci.example.com' },
    });
    expect((await ask(job, 'GET', '/v1/rotations')).status).toBe(403);
    const person = await signed({ groups: ['platform', 'sre'] });
    expect((await ask(person, 'GET', '/v1/rotations')).status).toBe(200);
    expect((await ask(person, 'POST', '/v1/rotations/checkout/runs')).status).toBe(403);
    const stranger = await ask(await signed({ repository: 'acme/other' }), 'GET', '/v1/rotations');
    expect(stranger).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(stranger.body['detail']).toContain('no rule of the config is for this JWT');
  });

  it.each([
    [
      'is of another issuer',
      async () => signed({}, { issuer: 'https://evil.example.com' }),
      'the config does not name',
    ],
    ['is for another service', async () => signed({}, { audience: 'vault' }), 'has no aud that is accepted'],
    ['has expired', async () => signed({}, { until: '-2m' }), 'has expired'],
    [
      'is signed by another key',
      async () => signed({}, { key: strangers.privateKey }),
      'not signed by one of its keys',
    ],
    ['is none', async () => 'a.b.c', 'the config does not name'],
  ])('is refused where it %s', async (_why, token, said) => {
    const refused = await ask(await token(), 'GET', '/v1/rotations');
    expect(refused).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(refused.body['detail']).toContain(said);
  });

  it('that needs no signature is refused', async () => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'x', exp: 9_999_999_999, groups: 'sre' };
    const refused = await ask(`${encode({ alg: 'none' })}.${encode(claims)}.`, 'GET', '/v1/rotations');
    expect(refused.status).toBe(401);
  });

  it('is told apart from keys that cannot be fetched', async () => {
    const nowhere = { issuer: ISSUER, audience: AUDIENCE, jwksUri: 'http://127.0.0.1:1/jwks', allow };
    const verifying = new TrustedIssuers([nowhere]).verify(await signed({}));
    await expect(verifying).rejects.toMatchObject({ code: 'upstream_unreachable' });
    const broken = createServer((_request, response) => response.writeHead(500).end());
    await once(broken.listen(0, '127.0.0.1'), 'listening');
    const jwksUri = `http://127.0.0.1:${(broken.address() as AddressInfo).port}/`;
    const asked = new TrustedIssuers([{ ...nowhere, jwksUri }]).verify(await signed({}));
    await expect(asked).rejects.toMatchObject({ code: 'upstream_unreachable' });
    broken.close();
    broken.closeAllConnections();
  });

  it('is verified by keys in a file, where they cannot be fetched', async () => {
    const file = join(world.folder, 'keys.json');
    const from = { issuer: ISSUER, audience: AUDIENCE, jwksFile: file, allow };
    expect(() => new TrustedIssuers([from])).toThrow('ENOENT');
    await writeFile(file, '{');
    expect(() => new TrustedIssuers([from])).toThrow('its text is no JSON');
    await writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }] }));
    const caller = await new TrustedIssuers([from]).verify(await signed({ groups: 'sre' }));
    expect([caller.mayEverywhere('pause'), caller.mayEverywhere('rotate')]).toEqual([true, false]);
  });
});
