import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { meaningOf, type TokenPast } from '../../src/rotation/meaning.js';
import type { Secret } from '../../src/rotation/secret.js';
import { whereabouts, type TargetHas, type Whereabouts } from '../../src/rotation/whereabouts.js';
import type { VersionId } from '../../src/stores/store.js';
import type { FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { settable, type Harness } from './harness.js';

const never = new AbortController().signal;
const KNOWN: TokenPast = { isKnown: true };

type World = Harness<FakeSettableIssuer>;

const lookFor = async (
  world: World,
  token: Secret,
  known: readonly VersionId[] = [],
): Promise<Whereabouts> => {
  const { clock, policy, ports } = world;
  const wanted = { fingerprint: token.fingerprint, known };
  return whereabouts({ name: 'checkout', policy, ports: () => ports }, wanted, clock, never);
};
const meant = async (world: World, token: Secret, past = KNOWN, known: readonly VersionId[] = []) =>
  meaningOf(await lookFor(world, token, known), past);
const hasIn = ({ targets }: Whereabouts, name: string): TargetHas | string | undefined => {
  const look = targets.find((one) => one.name === name)?.look;
  return look && (look.isLookedAt ? look.seen : look.why);
};

/** A world in which a run has brought a new token, and `old` was in force before. */
async function rotated(): Promise<{ world: World; old: Secret; now: Secret }> {
  const world = await settable();
  const old = world.issuer.inForce;
  await world.rotate();
  return { world, old, now: world.issuer.inForce };
}

describe('the whereabouts of the token in force', () => {
  it('are issuer, store, APM Server and targets, each at the time of its look, and nothing is changed', async () => {
    const { world, now } = await rotated();
    const [writes, labelled] = [world.issuer.writes, [...world.store.labelled]];
    const at = world.clock.now();
    expect(await lookFor(world, now)).toEqual({
      rotation: 'checkout',
      fingerprint: now.fingerprint,
      issuer: { isLookedAt: true, at, seen: 'in_force' },
      store: {
        isLookedAt: true,
        at,
        seen: {
          kept: [{ version: world.store.currentVersion, role: 'current', labels: ['fake-current'] }],
          current: now.fingerprint,
          unreadable: 0,
        },
      },
      server: {
        isLookedAt: true,
        at,
        seen: { accepted: world.policy.probes, refused: 0, unclear: 0, isOpen: false },
      },
      targets: [
        { name: 'web', look: { isLookedAt: true, at, seen: { is: 'counted', seen: 1, of: 1, other: 0 } } },
      ],
    });
    expect(await meant(world, now)).toEqual({ kind: 'in_force', detail: 'It is in force.' });
    expect([world.issuer.writes, [...world.store.labelled]]).toEqual([writes, labelled]);
  });

  it('say who is behind, and how to bring it there', async () => {
    const { world, now } = await rotated();
    const fleet = new FakeTarget({ name: 'fleet', instances: 20 });
    fleet.instances = fleet.instances.map((_none, index) => (index < 18 ? now.fingerprint : undefined));
    world.targets.push(fleet);
    expect(hasIn(await lookFor(world, now), 'fleet')).toEqual({ is: 'counted', seen: 18, of: 20, other: 0 });
    expect(await meant(world, now)).toEqual({
      kind: 'targets_behind',
      detail: 'It is in force, and one target (fleet) does not wholly run with it.',
      next: 'rotor redeliver checkout --target fleet',
    });
    expect(await meant(world, now, { isKnown: true, deliveredBy: 'run_1' })).toMatchObject({
      kind: 'on_its_way',
      next: 'rotor watch run_1',
    });
  });

  it('are no finding where nobody can look at a target, and say so', async () => {
    const { world, now } = await rotated();
    world.targets.push(new FakeTarget({ name: 'blind', observable: false }));
    expect(await meant(world, now)).toMatchObject({
      kind: 'in_force',
      detail: 'It is in force, as far as can be seen: nobody can look at blind.',
    });
  });

  it('are loud where the APM Server refuses what the store hands out, or a part of it does', async () => {
    const { world, now } = await rotated();
    world.issuer.changeByOthers();
    expect(await meant(world, now)).toMatchObject({ kind: 'refused' });
    world.issuer.instances[0] = now;
    expect(await meant(world, now)).toMatchObject({ kind: 'instances_disagree' });
  });
});

describe('the whereabouts of a token of before', () => {
  it('are where the store keeps it still, and that nobody needs it', async () => {
    const { world, old } = await rotated();
    const seen = await lookFor(world, old);
    expect(seen.issuer).toMatchObject({ seen: 'another' });
    expect(seen.store).toMatchObject({ seen: { kept: [{ role: 'previous', labels: ['fake-previous'] }] } });
    expect(seen.server).toMatchObject({ seen: { accepted: 0, refused: world.policy.probes } });
    expect(hasIn(seen, 'web')).toEqual({ is: 'counted', seen: 0, of: 1, other: 0 });
    expect(meaningOf(seen, KNOWN)).toEqual({ kind: 'unneeded', detail: 'Nobody needs it any more.' });
  });

  it('are a version without a label where only the journal knows of it by now', async () => {
    const { world, old } = await rotated();
    const version = world.store.previousVersion as VersionId;
    await world.rotate();
    expect((await lookFor(world, old)).store).toMatchObject({ seen: { kept: [] } });
    expect((await lookFor(world, old, [version])).store).toMatchObject({
      seen: { kept: [{ version, role: 'unlabelled', labels: [] }] },
    });
    world.store.values.delete(version);
    const gone = await lookFor(world, old, [version]);
    expect(gone.server).toEqual({
      isLookedAt: false,
      why: expect.stringContaining('neither issuer nor store'),
    });
    expect(meaningOf(gone, KNOWN)).toMatchObject({ kind: 'unneeded' });
  });

  it('are the instances that are seen to run with it, and those that may', async () => {
    const { world, old, now } = await rotated();
    const fleet = new FakeTarget({ name: 'fleet', instances: 5 });
    fleet.instances = [now.fingerprint, old.fingerprint, old.fingerprint, undefined, now.fingerprint];
    world.targets.push(fleet);
    expect(hasIn(await lookFor(world, old), 'fleet')).toEqual({ is: 'counted', seen: 2, of: 5, other: 1 });
    expect(await meant(world, old)).toEqual({
      kind: 'still_used',
      detail: 'One target (fleet) still runs with it.',
      next: 'rotor redeliver checkout --target fleet',
    });
    fleet.instances = [undefined, now.fingerprint];
    expect(await meant(world, old)).toMatchObject({
      kind: 'still_used',
      detail: expect.stringContaining('may run with this one'),
    });
  });

  it('are a finding where the APM Server accepts it still', async () => {
    const { world, old, now } = await rotated();
    world.prober.alsoAccepted = old;
    expect(await meant(world, old)).toMatchObject({
      kind: 'still_accepted',
      detail: expect.stringContaining(now.fingerprint),
    });
  });
});

describe('the worst: a token that the APM Server accepts and the store does not hand out', () => {
  it('is said loudly, and before anything else', async () => {
    const { world, now } = await rotated();
    const theirs = world.issuer.changeByOthers();
    const seen = await lookFor(world, theirs);
    expect(seen.issuer).toMatchObject({ seen: 'in_force' });
    expect(meaningOf(seen, { isKnown: false })).toEqual({
      kind: 'unstored',
      detail: expect.stringMatching(
        `^THE APM SERVER ACCEPTS ${theirs.fingerprint} .*${now.fingerprint} current`,
      ),
      next: 'rotor verify checkout',
    });
  });

  it('is not said where a version that could not be read may hold it', async () => {
    const { world } = await rotated();
    const seen = await lookFor(world, world.issuer.changeByOthers());
    if (!seen.store.isLookedAt) throw new Error('the store was not looked at');
    const store = { ...seen.store, seen: { ...seen.store.seen, unreadable: 1 } };
    expect(meaningOf({ ...seen, store }, { isKnown: false }).kind).toBe('unproven');
  });

  it('is said of a version without a label too, which the store may delete', async () => {
    const { world, old } = await rotated();
    const version = world.store.previousVersion as VersionId;
    await world.rotate();
    world.issuer.changeByOthers(old);
    expect(await meant(world, old, KNOWN, [version])).toMatchObject({
      kind: 'unstored',
      detail: expect.stringContaining('only as a version without a label'),
    });
  });

  it('is not said while a change is on its way, nor where any token is accepted', async () => {
    const { world } = await rotated();
    const theirs = world.issuer.changeByOthers();
    world.prober.open = true;
    expect(await meant(world, theirs)).toMatchObject({ kind: 'open' });
    world.prober.open = false;
    world.issuer.busy = 'A plan is being applied.';
    expect(await meant(world, theirs)).toMatchObject({
      kind: 'on_its_way',
      detail: expect.stringContaining('A plan is being applied.'),
    });
  });
});

describe('what could not be looked at', () => {
  const denied = new RotorError('upstream_forbidden', 'not allowed', { hint: 'Ask for the role.' });

  it.each(['issuer', 'store', 'server', 'target'])(
    'is said to be so, hides no other part, and proves nothing: %s',
    async (part) => {
      const { world, old } = await rotated();
      if (part === 'issuer') world.issuer.unresolvable = denied;
      if (part === 'store') world.store.failNext('versions', denied);
      if (part === 'server') world.prober.down = true;
      if (part === 'target') world.targets[0]?.failNext('observe', denied);
      const seen = await lookFor(world, old);
      const { issuer, store, targets } = seen;
      const looks = { issuer, store, target: targets[0]?.look };
      for (const [name, look] of Object.entries(looks)) expect(look?.isLookedAt).toBe(name !== part);
      expect(meaningOf(seen, KNOWN)).toMatchObject({ kind: 'unproven' });
    },
  );

  it('is the APM Server where the issuer did not tell its address', async () => {
    const { world, now } = await rotated();
    world.issuer.unresolvable = denied;
    expect(await lookFor(world, now)).toMatchObject({
      issuer: { isLookedAt: false, why: 'not allowed. Ask for the role.' },
      server: { isLookedAt: false, why: 'the address of the APM Server is not known' },
    });
  });

  it('is what a masked issuer has in force', async () => {
    const { world, old } = await rotated();
    world.issuer.readable = false;
    expect((await lookFor(world, old)).issuer).toEqual({
      isLookedAt: false,
      why: 'the issuer does not show the token in force',
    });
  });

  it('is never counted as none: without the store nobody knows with what a target should run', async () => {
    const { world, old } = await rotated();
    world.store.failNext('versions', denied);
    expect(hasIn(await lookFor(world, old), 'web')).toEqual({ is: 'counted', seen: 0, of: 1, other: 1 });
  });
});

it.each([true, false])(
  'a token that the issuer has in force is on its way while the APM Server refuses it (known: %s)',
  async (isKnown) => {
    const { world, now } = await rotated();
    const theirs = world.issuer.changeByOthers();
    world.issuer.instances.fill(now);
    expect((await lookFor(world, theirs)).issuer).toMatchObject({ seen: 'in_force' });
    expect(await meant(world, theirs, { isKnown })).toEqual({
      kind: 'on_its_way',
      detail: 'The issuer has it in force, and the APM Server does not accept it yet.',
      next: 'rotor verify checkout',
    });
  },
);

it('a token that nobody has had is unknown here', async () => {
  const { world } = await rotated();
  expect(await meant(world, freshToken(), { isKnown: false })).toMatchObject({ kind: 'unknown_here' });
});
