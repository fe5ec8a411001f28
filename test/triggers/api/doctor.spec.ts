import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RotorError } from '../../../src/rotation/errors.js';
import type { Ports } from '../../../src/rotation/ports.js';
import { rotorHere as command } from '../../cli/in-process.js';
import type { FakeSettableIssuer } from '../../fakes/fake-issuer.js';
import { until } from '../../fakes/until.js';
import { settable, type Harness } from '../../rotation/harness.js';
import { ApiWorld } from '../api-world.js';

describe('the check-up by the service itself', () => {
  const others = Object.fromEntries(['b', 'c', 'd', 'e', 'f'].map((name) => [name, { env: 'staging' }]));
  let world: ApiWorld;
  let upstream: Harness<FakeSettableIssuer>;
  /** What happens when a rotation has its turn. */
  let turn: () => Partial<Ports>;
  beforeEach(async () => {
    upstream = await settable();
    turn = () => ({});
    world = await ApiWorld.open({ others, ports: () => ({ ...upstream.ports, ...turn() }) });
  });
  afterEach(async () => world.close());

  type Answer = {
    ok: boolean;
    checks: { rotation: string | null; check: string; state: string }[];
    next: string | null;
  };
  const examine = async (url = '/v1/doctor') => (await world.ask('GET', url)).body as Answer;
  const rotationsIn = ({ checks }: Answer) => [...new Set(checks.map(({ rotation }) => rotation))];

  it('looks at the config and at every part of every rotation, or of those that are asked for', async () => {
    const all = await examine();
    expect([all.ok, all.next, rotationsIn(all)]).toEqual([
      true,
      null,
      [null, 'checkout', 'b', 'c', 'd', 'e', 'f'],
    ]);
    const first = all.checks.filter(({ rotation }) => rotation === 'checkout').map(({ check }) => check);
    expect(first).toEqual(['issuer', 'store', 'target web', 'APM Server', 'clock']);
    expect(rotationsIn(await examine('/v1/doctor?selector=env%3Dprod'))).toEqual([null, 'checkout']);
    expect(rotationsIn(await examine('/v1/doctor?rotation=c'))).toEqual([null, 'c']);
    expect((await world.ask('GET', '/v1/doctor?rotation=nope')).status).toBe(404);
    expect((await world.ask('GET', '/v1/doctor?cursor=bm9wZQ')).status).toBe(400);
    expect(upstream.issuer.writes + upstream.store.labelled.size).toBe(0);
  });

  it('ends a page when its time is over, and the next one goes on from there', async () => {
    turn = () => (world.clock.advance(25_000), {});
    const pages: Answer[] = [];
    for (let url: string | null = '/v1/doctor'; url !== null; url = pages.at(-1)?.next ?? null)
      pages.push(await examine(url));
    expect(pages.map(rotationsIn)).toEqual([[null, 'checkout'], ['b'], ['c'], ['d'], ['e'], ['f']]);
  });

  it('looks at four rotations at once, however many callers wait', async () => {
    const held = Promise.withResolvers<never>();
    held.promise.catch(() => undefined);
    let begun = 0;
    turn = () => {
      begun += 1;
      return { issuers: { ...upstream.ports.issuers, resolve: async () => held.promise } };
    };
    const asked = [examine(), examine('/v1/doctor?selector=env%3Dstaging')];
    await until('as many as may have begun', () => begun >= 4);
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toBe(4);
    held.reject(new RotorError('upstream_unreachable', 'down'));
    const answers = await Promise.all(asked);
    expect([begun, ...answers.map(({ ok }) => ok)]).toEqual([11, false, false]);
  });

  it('is for the command line as well, over all pages, with the exit code of what it has found', async () => {
    turn = () => (world.clock.advance(25_000), {});
    await world.app.listen(0, '127.0.0.1');
    const address = (await world.app.getUrl()).replace('[::1]', '127.0.0.1');
    const env = { ROTOR_ADDR: address, ROTOR_TOKEN: world.token };
    const well = await command(['doctor', '--service', '-o', 'jsonl'], env);
    expect([well.exit, well.stdout.trim().split('\n').length]).toEqual([0, 31]);
    upstream.issuer.unresolvable = new RotorError('upstream_forbidden', 'not allowed', { hint: 'Ask.' });
    const ill = await command(['doctor', '--service', '-l', 'env=prod'], env);
    expect(ill).toMatchObject({
      exit: 3,
      stdout: expect.stringMatching(/^ok .*\ncheckout:\nfail {2}issuer/),
    });
    const one = await command(['doctor', 'checkout', '--service', '-o', 'jsonl'], env);
    const whose = one.stdout.match(/"rotation":"[^"]*"/g);
    expect([one.exit, new Set(whose)]).toEqual([3, new Set(['"rotation":"checkout"'])]);
  });
});
