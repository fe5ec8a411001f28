import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { preview } from '../../src/rotation/preview.js';
import { FakeResettableIssuer, freshToken } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import type { AnyIssuer, Harness } from './harness.js';
import { harness, settable } from './harness.js';

const never = new AbortController().signal;

const previewed = async (world: Harness<AnyIssuer>) =>
  preview({ name: 'checkout', policy: world.policy, ports: () => world.ports }, world.clock, never);

describe('a preview', () => {
  it('says that a run could begin, who chooses the token and which one is in force, and changes nothing', async () => {
    const world = await settable();
    const { label, key } = world.issuer.resource;
    expect(await previewed(world)).toEqual({
      rotation: 'checkout',
      verdict: 'ready',
      findings: [],
      resource: label,
      resourceKey: key,
      chosen: null,
      tokenChosenBy: 'Rotor',
      fingerprint: world.issuer.inForce.fingerprint,
      code: null,
      detail: 'the store holds the token in force.',
    });
    expect(world.issuer.writes + world.store.labelled.size).toBe(0);
  });

  it('says that the token in force would be stored first where the store holds another', async () => {
    const world = await harness(new FakeResettableIssuer(), new FakeStore(freshToken().reveal()));
    const found = await previewed(world);
    expect(found).toMatchObject({ verdict: 'ready', tokenChosenBy: 'issuer' });
    expect(found.detail).toMatch(/^the store holds [0-9a-f]{8}: the token in force would be stored first\.$/);
    expect(world.store.labelled.size).toBe(0);
  });

  it('says what a run would wait for', async () => {
    const world = await settable();
    world.issuer.busy = 'a plan is pending';
    expect(await previewed(world)).toMatchObject({ verdict: 'would_wait', detail: 'a plan is pending.' });
  });

  it('says what a target has to say, which is told where the APM Server is', async () => {
    const world = await settable();
    world.targets[0]?.findings.push('Target web sends elsewhere.');
    expect(await previewed(world)).toMatchObject({ findings: ['Target web sends elsewhere.'] });
    expect(world.targets[0]?.known).toEqual({ apmUrls: [world.issuer.apmUrl] });
  });

  it('names a target that refuses rather than the APM Server that cannot be looked at', async () => {
    const world = await settable();
    world.issuer.failNext('inspect', new RotorError('upstream_timeout', 'the issuer took too long'));
    world.targets[0]?.failNext('preflight', new RotorError('target_refused', 'no such folder'));
    expect(await previewed(world)).toMatchObject({ verdict: 'would_refuse', code: 'target_refused' });
    world.issuer.failNext('inspect', new RotorError('upstream_timeout', 'the issuer took too long'));
    expect(await previewed(world)).toMatchObject({ verdict: 'would_wait', code: 'upstream_timeout' });
  });

  it('says why a run would be refused, and what to do', async () => {
    const world = await settable();
    world.prober.open = true;
    expect(await previewed(world)).toMatchObject({ verdict: 'would_refuse', code: 'authentication_open' });
  });

  it.each(['issuer', 'store', 'target'])('names the part that cannot do its share: %s', async (part) => {
    const world = await settable();
    const error = new RotorError('upstream_forbidden', 'not allowed', { hint: 'Ask for the role.' });
    if (part === 'issuer') world.issuer.unresolvable = error;
    if (part === 'store') world.store.failNext('preflight', error);
    if (part === 'target') world.targets[0]?.failNext('preflight', error);
    expect(await previewed(world)).toMatchObject({
      verdict: 'would_refuse',
      code: 'upstream_forbidden',
      detail: 'not allowed. Ask for the role.',
    });
  });
});
