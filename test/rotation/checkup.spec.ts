import { describe, expect, it } from '@jest/globals';
import { checkUp, type Checked, type Greet } from '../../src/rotation/checkup.js';
import { RotorError } from '../../src/rotation/errors.js';
import { FakeResettableIssuer, freshToken } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { harness, settable, type AnyIssuer, type Harness } from './harness.js';

const never = new AbortController().signal;
const MINUTE = 60_000;

async function checked(world: Harness<AnyIssuer>, greet?: Greet): Promise<readonly Checked[]> {
  const { clock, ports } = world;
  const says: Greet = greet ?? (() => Promise.resolve(new Date(clock.now())));
  return checkUp({ ports: () => ports }, { clock, greet: says }, never);
}

const states = (found: readonly Checked[]) => found.map(({ check, state }) => `${state} ${check}`);
const of = (found: readonly Checked[], check: string) => found.find((one) => one.check === check);

describe('a check-up', () => {
  it('looks at each part, and changes nothing', async () => {
    const world = await settable();
    const found = await checked(world);
    expect(states(found)).toEqual(['ok issuer', 'ok store', 'ok target web', 'ok APM Server', 'ok clock']);
    expect(of(found, 'issuer')?.detail).toMatch(world.issuer.inForce.fingerprint);
    expect(world.issuer.writes + world.store.labelled.size).toBe(0);
  });

  it.each(['issuer', 'store', 'target'])('goes on past a part that fails: %s', async (part) => {
    const world = await settable();
    const error = new RotorError('upstream_forbidden', 'not allowed', { hint: 'Ask for the role.' });
    if (part === 'issuer') world.issuer.unresolvable = error;
    if (part === 'store') world.store.failNext('preflight', error);
    if (part === 'target') world.targets[0]?.failNext('preflight', error);
    const found = await checked(world);
    const failed = found.filter(({ state }) => state === 'fail');
    expect(failed).toEqual([
      {
        check: part === 'target' ? 'target web' : part,
        state: 'fail',
        detail: 'not allowed',
        hint: 'Ask for the role.',
      },
    ]);
    expect(found.length).toBeGreaterThan(3);
  });

  it('warns where the store holds another token than the issuer shows, and fails where that is refused', async () => {
    const world = await harness(new FakeResettableIssuer(), new FakeStore(freshToken().reveal()));
    const found = await checked(world);
    expect(of(found, 'store')).toMatchObject({ state: 'warn', hint: expect.stringContaining('rotor adopt') });
    expect(of(found, 'APM Server')).toMatchObject({ state: 'fail', hint: expect.stringContaining('verify') });
  });

  it('warns of an empty store, and of replicas that are behind', async () => {
    const world = await harness(new FakeResettableIssuer(), new FakeStore());
    world.store.replicas = [{ place: 'us-west-2', state: 'in_progress' }];
    const found = await checked(world);
    expect(found.filter(({ check }) => check === 'store')).toMatchObject([
      { state: 'warn', detail: 'It holds no token yet.' },
      { state: 'warn', detail: 'Its replica in us-west-2 is in progress.' },
    ]);
    expect(of(found, 'APM Server')).toMatchObject({ state: 'ok' });
  });

  it('says what a target says that stops no delivery', async () => {
    const world = await settable();
    world.targets[0]?.findings.push('Target web may be slow.');
    expect(of(await checked(world), 'target web')).toMatchObject({
      state: 'warn',
      detail: 'Target web may be slow.',
    });
  });

  it('tells each target at which addresses the APM Server is known, also those of the issuer', async () => {
    const world = await settable();
    await checked(world);
    expect(world.targets[0]?.known).toEqual({ apmUrls: [world.issuer.apmUrl] });
    const ports = { ...world.ports, apmUrl: 'https://apm.internal.test' };
    await checkUp(
      { ports: () => ports },
      { clock: world.clock, greet: () => Promise.resolve(undefined) },
      never,
    );
    expect(world.targets[0]?.known?.apmUrls).toEqual(['https://apm.internal.test', world.issuer.apmUrl]);
  });

  it('fails where the APM Server accepts anything, or is not reached', async () => {
    const world = await settable();
    world.prober.open = true;
    expect(of(await checked(world), 'APM Server')).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('accepts a random token'),
    });
    world.prober.open = false;
    const refuse = new RotorError('upstream_unreachable', 'its certificate was not trusted');
    const found = await checked(world, () => Promise.reject(refuse));
    expect(of(found, 'APM Server')).toMatchObject({ state: 'fail', detail: refuse.message });
    world.prober.down = true;
    expect(of(await checked(world), 'APM Server')?.detail).toMatch('gives no clear answer');
  });

  it.each([
    [-2_000, 'ok'],
    [MINUTE, 'warn'],
    [-6 * MINUTE, 'fail'],
  ])('a clock that is %i ms off: %s', async (off, state) => {
    const world = await settable();
    const found = await checked(world, () => Promise.resolve(new Date(world.clock.now() + off)));
    expect(of(found, 'clock')?.state).toBe(state);
  });
});
