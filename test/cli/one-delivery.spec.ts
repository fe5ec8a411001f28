import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Change, Claim } from '../../src/journal/journal.js';
import type { Delivery } from '../../src/rotation/delivery.js';
import { claimedRun, pin, refused, settled } from '../contracts/journal.contract.js';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere } from './in-process.js';

const { fingerprint } = pin;
const web = (state: Delivery['state'], over: Partial<Delivery> = {}): Delivery => ({
  target: 'web',
  state,
  fingerprint,
  tries: 0,
  ...over,
});
const believed = web('assumed', { acknowledged: { reason: 'by hand', by: 'ada' } });
const partial = {
  state: 'ended',
  outcome: 'partial',
  reason: 'targets_failed',
  detail: 'web is down',
  current: pin,
} as const;

const cancelled = { state: 'ended', outcome: 'cancelled', detail: 'by ada: not now' } as const;

describe('what is asked of one target of a run, by its exit code', () => {
  let world: ApiWorld;
  let claim: Claim;
  let env: Record<string, string>;
  beforeEach(async () => {
    world = await ApiWorld.open();
    await world.app.listen(0, '127.0.0.1');
    env = { ROTOR_ADDR: (await world.app.getUrl()).replace('[::1]', '127.0.0.1'), ROTOR_TOKEN: world.token };
    ({ claim } = await claimedRun(world.journal));
  });
  afterEach(async () => world.close());

  const rotor = async (what: string, ...flags: string[]) =>
    rotorHere([what, claim.runId, 'web', '--reason', 'by hand', ...flags], env);

  describe('while its deliveries go on', () => {
    /** What the run writes as its answer. */
    const answer = async (change: Change): Promise<void> => {
      await until('it is asked', async () => (await world.journal.find(claim.runId))?.asked !== undefined);
      await world.journal.append(claim, { asked: null, ...change });
    };

    it.each<[string, Delivery['state'], Change, number]>([
      ['ack', 'observing', { deliveries: [believed] }, 0],
      ['ack', 'observing', { deliveries: [web('converged')] }, 0],
      ['ack', 'observing', { note: 'web does not count as done' }, 7],
      ['retry', 'failed', { deliveries: [web('waiting')] }, 0],
      ['retry', 'failed', { note: 'web is not tried again' }, 4],
      ['skip', 'observing', { deliveries: [web('skipped')] }, 0],
      ['skip', 'observing', { note: 'web is not left out' }, 7],
    ])('%s of one that is %s, answered by %j: %d', async (what, before, change, exit) => {
      await world.journal.append(claim, { state: settled, deliveries: [web(before)] });
      const [said] = await Promise.all([rotor(what), answer(change)]);
      expect(said.exit).toBe(exit);
    });
  });

  it.each<[string, readonly Change[], (run: string) => string]>([
    [
      'a person has cancelled, says nothing of mending',
      [{ state: cancelled }],
      (run) => `rotor retry ${run}, where it is wanted after all`,
    ],
    [
      'only lacks a release, how to say that it is there',
      [
        { state: settled, deliveries: [web('needs_release')] },
        { state: { ...partial, reason: 'needs_release' } },
      ],
      (run) => `rotor ack ${run} web --reason …, once it is released`,
    ],
  ])('rotor status --watch of a run that %s', async (_how, changes, next) => {
    for (const change of changes) await world.journal.append(claim, change);
    const { stderr } = await rotorHere(['status', 'checkout', '--watch'], env);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`next: ${next(claim.runId)}`);
  });

  describe('after its end, which another run answers', () => {
    beforeEach(async () => {
      await world.journal.append(claim, { state: settled, deliveries: [web('failed')] });
      await world.journal.append(claim, { state: partial });
    });
    const theOther = async (): Promise<Claim> => {
      const found: Claim[] = [];
      await until('another run is started', async () => {
        const next = await world.journal.claim();
        if (next) found.push(next);
        return next !== undefined;
      });
      const [next] = found;
      if (!next) throw new Error('no other run was started');
      return next;
    };
    /** What the other run writes, one after the other. */
    const tell = async (...changes: readonly Change[]): Promise<void> => {
      const next = await theOther();
      for (const change of changes) await world.journal.append(next, change);
    };
    const looking: Change = { state: settled, deliveries: [web('observing')] };

    it.each<[string, string, readonly Change[], number]>([
      ['ack', 'believes it', [looking, { deliveries: [believed] }], 0],
      ['ack', 'sees that it is not so', [looking, { deliveries: [web('failed')] }], 7],
      ['ack', 'cannot begin', [{ state: refused }], 1],
      ['retry', 'is to deliver to it', [{ state: settled, deliveries: [web('waiting')] }], 0],
      ['retry', 'cannot deliver to it', [{ state: settled, deliveries: [web('failed')] }], 4],
      ['retry', 'cannot begin', [{ state: refused }], 1],
    ])('%s of one where that run %s', async (what, _how, changes, exit) => {
      const [said] = await Promise.all([rotor(what), tell(...changes)]);
      expect(said.exit).toBe(exit);
    });

    it.each<[string, readonly string[], readonly Change[], (other: string) => string]>([
      [
        'has left a target behind',
        ['--wait'],
        [{ state: settled, deliveries: [web('failed')] }, { state: partial }],
        () => 'rotor redeliver checkout --target web, once that is mended',
      ],
      [
        'has left a target out',
        ['--wait'],
        [{ state: settled, deliveries: [web('skipped')] }, { state: partial }],
        () => 'rotor redeliver checkout --target web, when they may get it',
      ],
      [
        'cannot begin',
        ['--wait'],
        [{ state: refused }],
        (other) => `rotor retry ${other}, once that is mended`,
      ],
      [
        'cannot begin, of one target',
        ['web', '--wait'],
        [{ state: refused }],
        (other) => `rotor retry ${other}, once that is mended`,
      ],
    ])(
      'a retry that another run answers, which %s, ends with the next of that run',
      async (_how, flags, changes, next) => {
        const tellAll = async (): Promise<string> => {
          const other = await theOther();
          for (const change of changes) await world.journal.append(other, change);
          return other.runId;
        };
        const command = ['retry', claim.runId, ...flags, '--reason', 'again'];
        const [said, other] = await Promise.all([rotorHere(command, env), tellAll()]);
        expect(said.stderr.trimEnd().split('\n').at(-1)).toBe(`next: ${next(other)}`);
      },
    );

    it.each([['status checkout --watch'], ['watch RUN']])(
      'rotor %s shows it, and ends with what brings the token to the target that was left behind',
      async (typed) => {
        const { exit, stderr } = await rotorHere(typed.replace('RUN', claim.runId).split(' '), env);
        expect(exit).toBe(4);
        expect(stderr.trimEnd().split('\n').at(-1)).toBe(
          'next: rotor redeliver checkout --target web, once that is mended',
        );
      },
    );

    it('ack does not say that the word was not taken while that run still looks', async () => {
      const [said] = await Promise.all([rotor('ack', '--wait', '--timeout', '1s'), tell(looking)]);
      expect(said.exit).toBe(8);
    });
  });
});
