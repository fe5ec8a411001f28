import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Replaced } from '../../../src/rotation/run.js';
import type { Fingerprint } from '../../../src/rotation/secret.js';
import type { VersionId } from '../../../src/stores/store.js';
import { claimedRun } from '../../contracts/journal.contract.js';
import type { FakeSettableIssuer } from '../../fakes/fake-issuer.js';
import { settable, type Harness } from '../../rotation/harness.js';
import { ApiWorld } from '../api-world.js';

describe('where a token is', () => {
  let upstream: Harness<FakeSettableIssuer>;
  let world: ApiWorld;
  beforeEach(async () => {
    upstream = await settable();
    world = await ApiWorld.open({ others: { search: { env: 'staging' } }, ports: () => upstream.ports });
  });
  afterEach(async () => world.close());

  const isTime: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const given = async (rotation: string, fingerprint: Fingerprint, version: string, replaced?: Replaced) => {
    const { run, claim } = await claimedRun(world.journal, { rotation, storeKey: rotation });
    const left = { current: { version: version as VersionId, fingerprint }, ...(replaced && { replaced }) };
    await world.journal.append(claim, {
      state: { state: 'settled', ...left, oldStillAccepted: false },
    });
    await world.journal.append(claim, {
      state: { state: 'ended', outcome: 'succeeded', detail: 'so it is', ...left },
    });
    return run.id;
  };
  const find = async (fingerprint: string) => world.ask('GET', `/v1/fingerprints/${fingerprint}`);
  const look = async (fingerprint: string) =>
    world.ask('POST', '/v1/rotations/checkout/where', { fingerprint });

  it('is told of each part of the world, with the runs that had it and what it means', async () => {
    const { inForce } = upstream.issuer;
    await upstream.targets[0]?.deliver(inForce, new AbortController().signal);
    const id = await given('checkout', inForce.fingerprint, 'v1');
    const { status, body } = await look(inForce.fingerprint);
    expect([status, body]).toEqual([
      200,
      {
        rotation: 'checkout',
        fingerprint: inForce.fingerprint,
        runs: [{ id, mode: 'rotate', state: 'ended', outcome: 'succeeded', as: 'new', at: isTime }],
        issuer: { lookedAt: isTime, why: null, has: 'in_force' },
        store: {
          lookedAt: isTime,
          why: null,
          current: inForce.fingerprint,
          versions: [{ version: upstream.store.currentVersion, role: 'current', labels: ['fake-current'] }],
          unreadable: 0,
        },
        apmServer: { lookedAt: isTime, why: null, accepted: 3, refused: 0, unclear: 0, acceptsAny: false },
        targets: [
          {
            name: 'web',
            lookedAt: isTime,
            why: null,
            state: 'counted',
            seen: 1,
            of: 1,
            other: 0,
            detail: null,
          },
        ],
        meaning: 'in_force',
        detail: 'It is in force.',
        next: null,
      },
    ]);
    expect(JSON.stringify(body).includes(inForce.reveal())).toBe(false);
  });

  it('is told to be in force again where another one had replaced it, with what ends that', async () => {
    const { inForce } = upstream.issuer;
    await upstream.targets[0]?.deliver(inForce, new AbortController().signal);
    await given('checkout', inForce.fingerprint, 'v1', { at: world.clock.now(), by: 'run_2' });
    expect((await look(inForce.fingerprint)).body).toMatchObject({
      meaning: 'in_force',
      detail: expect.stringMatching(/^[0-9a-f]{8} was replaced at .*, by run_2, and is in force again: /),
      next: 'rotor rotate checkout',
    });
  });

  it('is null, not no, where it was not looked at', async () => {
    upstream.prober.down = true;
    const { body } = await look('00000000');
    expect(body).toMatchObject({
      runs: [],
      apmServer: {
        lookedAt: null,
        accepted: null,
        acceptsAny: null,
        why: expect.stringMatching('neither issuer nor store'),
      },
      meaning: 'unknown_here',
    });
  });

  it('is found by the digits of the whole SHA-256 as well, in any case', async () => {
    const id = await given('checkout', '0a1b2c3d' as Fingerprint, 'v1');
    for (const digits of ['0a1b2c3d', '0A1B2C3D', `0a1b2c3d${'e'.repeat(56)}`])
      expect((await find(digits)).body).toMatchObject({
        fingerprint: '0a1b2c3d',
        matches: [{ rotation: 'checkout', runs: [{ id }] }],
      });
    expect((await find('ffffffff')).body).toEqual({ fingerprint: 'ffffffff', matches: [] });
  });

  it('is said that a run is bringing it, while one does', async () => {
    const { inForce } = upstream.issuer;
    const current = { version: 'v1' as VersionId, fingerprint: inForce.fingerprint };
    const { run, claim } = await claimedRun(world.journal, {});
    await world.journal.append(claim, { state: { state: 'settled', current, oldStillAccepted: false } });
    expect((await look(inForce.fingerprint)).body).toMatchObject({
      meaning: 'on_its_way',
      next: `rotor watch ${run.id}`,
    });
  });

  it('is said to be open while a run is under way, unless that is stalled', async () => {
    const theirs = upstream.issuer.changeByOthers();
    const { run, claim } = await claimedRun(world.journal, {});
    expect((await look(theirs.fingerprint)).body).toMatchObject({
      meaning: 'on_its_way',
      next: `rotor watch ${run.id}`,
    });
    const previous = { version: 'v0' as VersionId, fingerprint: '0a1b2c3d' as Fingerprint };
    await world.journal.append(claim, { state: { state: 'prepared', previous, expected: previous.version } });
    const since = world.clock.now();
    const stalled = { reason: 'upstream_timeout', detail: 'no answer', since } as const;
    const unanswered = { state: 'resetting', previous, expected: previous.version, intentAt: since } as const;
    await world.journal.append(claim, { state: { ...unanswered, quietUntil: since, stalled } });
    expect((await look(theirs.fingerprint)).body).toMatchObject({
      meaning: 'unstored',
      next: `rotor watch ${run.id}`,
    });
  });

  it.each(['0a1b2c3', 'not-hex-at-all', `0a1b2c3d${'e'.repeat(57)}`])(
    'is refused for what is no fingerprint, and that is not told again: it may be the token (%s)',
    async (text) => {
      for (const answer of [await find(text), await look(text)]) {
        expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringMatching('sha256sum') } });
        expect(JSON.stringify(answer.body).includes(text)).toBe(false);
      }
    },
  );

  it('is for whoever may see the rotation alone', async () => {
    const token = '0a1b2c3d' as Fingerprint;
    await given('checkout', token, 'v1');
    await given('search', token, 'v2');
    const headers = { authorization: `Bearer ${await world.tokenWith(['read[env=staging]'])}` };
    const found = await world.app.inject({ method: 'GET', url: `/v1/fingerprints/${token}`, headers });
    expect(found.json<{ matches: { rotation: string }[] }>().matches.map(({ rotation }) => rotation)).toEqual(
      ['search'],
    );
    const asked = { method: 'POST', headers, payload: { fingerprint: token } } as const;
    const seen = await world.app.inject({ ...asked, url: '/v1/rotations/search/where' });
    const denied = await world.app.inject({ ...asked, url: '/v1/rotations/checkout/where' });
    expect([seen.statusCode, denied.statusCode]).toEqual([200, 403]);
    expect((await find(token)).body).toMatchObject({
      matches: [{ rotation: 'checkout' }, { rotation: 'search' }],
    });
  });
});
