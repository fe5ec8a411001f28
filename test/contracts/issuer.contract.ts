import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Issuer, IssuerView, Resource } from '../../src/issuers/issuer.js';
import { RotorError, type Code } from '../../src/rotation/errors.js';
import { Secret } from '../../src/rotation/secret.js';
import { never } from '../fakes/never.js';

export type Unresolvable = Extract<
  Code,
  'resource_ambiguous' | 'upstream_not_found' | 'not_rotatable' | 'resource_unavailable'
>;

/** The world behind an issuer, and what a test does to it behind the issuer's back. */
export type IssuerHarness<I extends Issuer = Issuer> = {
  readonly issuer: I;
  /** An issuer whose `resolve` must throw that code. */
  unresolvable(code: Unresolvable): I;
  /** The token of the plan or policy in force. */
  tokenInForce(): Secret;
  /** How many writes have changed the world, whoever sent them. */
  writes(): number;
  /** Changes that are begun from now on wait for `finishChange`. */
  holdChanges(): void;
  /** The next change that is begun will fail when it ends. */
  failNextChange(): void;
  /** Ends the change on its way. */
  finishChange(): Promise<void>;
  /** Somebody else begins to change the token. */
  changeByOthers(): void;
  makeUnreadable(): void;
  removeResource(): void;
  failNextRead(): void;
  /** The next call makes no progress until it is aborted; resolves when it has reached the world. */
  hangNext(call: 'read' | 'write'): Promise<void>;
  /** Each way in which a write can go wrong; `arm` is for the next one. */
  readonly writeFaults: readonly { readonly name: string; readonly arm: () => void }[];
  close(): Promise<void>;
};

const UNRESOLVABLE: readonly Unresolvable[] = [
  'resource_ambiguous',
  'upstream_not_found',
  'not_rotatable',
  'resource_unavailable',
];

/** What a call rejects with; fails the test where it resolves, or rejects with anything but a `RotorError`. */
export async function faultOf(call: Promise<unknown>): Promise<RotorError> {
  const outcome = await call.then(
    () => 'resolved' as const,
    (error: unknown) => ({ error }),
  );
  if (outcome === 'resolved') throw new Error('the call was expected to fail');
  expect(outcome.error).toBeInstanceOf(RotorError);
  if (!(outcome.error instanceof RotorError)) throw new Error('the call failed with another class of error');
  return outcome.error;
}

/** One write in the issuer's own way. */
export async function write(issuer: Issuer, resource: Resource, signal = never()): Promise<Secret> {
  if (issuer.kind === 'server-chosen') return issuer.reset(resource, signal);
  const token = new Secret(`contract-${crypto.randomUUID()}`);
  const { precondition } = await issuer.inspect(resource, signal);
  await issuer.set(resource, token, precondition, signal);
  return token;
}

/** Every promise of `issuers/issuer.ts` that both kinds give. */
export function issuerContract(name: string, makeHarness: () => Promise<IssuerHarness>): void {
  describe(`${name} keeps the promises of an issuer`, () => {
    let world: IssuerHarness;
    let resource: Resource;
    const inspect = async (): Promise<IssuerView> => world.issuer.inspect(resource, never());
    beforeEach(async () => {
      world = await makeHarness();
      resource = await world.issuer.resolve(never());
    });
    afterEach(() => world.close());

    describe('resolve', () => {
      it('names the same resource each time, never by an alias', async () => {
        expect(await world.issuer.resolve(never())).toEqual(resource);
        expect(JSON.stringify(resource)).not.toContain('_main');
      });

      it('holds no secret', () => {
        expect(JSON.stringify(resource)).not.toContain(world.tokenInForce().reveal());
      });

      it.each(UNRESOLVABLE)('throws %s with a sentence that says what to do', async (code) => {
        const fault = await faultOf(world.unresolvable(code).resolve(never()));
        expect(fault.code).toBe(code);
        expect(fault.message).toMatch(/^\S.*\.$/);
        expect(fault.hint).toMatch(/^\S.*\.$/);
      });
    });

    describe('inspect', () => {
      it('shows the token in force, an https address, and nothing on its way', async () => {
        const view = await inspect();
        expect(tokenOf(view.current).equals(world.tokenInForce())).toBe(true);
        expect(view.apmUrl).toMatch(/^https:\/\//);
        expect([view.pending, view.busy, view.failedAttempt]).toEqual([undefined, undefined, undefined]);
      });

      it('changes nothing', async () => {
        const before = [world.tokenInForce().fingerprint, world.writes()];
        const first = await inspect();
        expect(await inspect()).toEqual(first);
        expect([world.tokenInForce().fingerprint, world.writes()]).toEqual(before);
      });

      it('is busy whenever it shows a pending token', async () => {
        world.holdChanges();
        await write(world.issuer, resource);
        const view = await inspect();
        const isPending = view.pending !== undefined;
        expect(isPending && view.busy === undefined).toBe(false);
      });

      it('shows another attempt and token once a change has been applied', async () => {
        const before = await inspect();
        const token = await write(world.issuer, resource);
        await world.finishChange();
        const after = await inspect();
        expect(after.attempt).not.toBe(before.attempt);
        expect(tokenOf(after.current).equals(token)).toBe(true);
        expect([after.pending, after.busy, after.failedAttempt]).toEqual([undefined, undefined, undefined]);
      });

      it('says unreadable rather than guess', async () => {
        world.makeUnreadable();
        expect((await inspect()).current).toBe('unreadable');
      });

      it('throws where the upstream fails', async () => {
        world.failNextRead();
        expect((await faultOf(inspect())).retryable).toBe(true);
      });

      it('throws upstream_not_found once the resource has gone', async () => {
        world.removeResource();
        expect((await faultOf(inspect())).code).toBe('upstream_not_found');
      });
    });

    describe('every method', () => {
      it('sends nothing when the signal has aborted', async () => {
        const { issuer } = world;
        const stopped = AbortSignal.abort();
        const faults = [
          await faultOf(issuer.resolve(stopped)),
          await faultOf(issuer.inspect(resource, stopped)),
          await faultOf(write(issuer, resource, stopped)),
        ];
        expect(faults.map(({ effect }) => effect)).toEqual(['not_applied', 'not_applied', 'not_applied']);
        expect(world.writes()).toBe(0);
      });

      it.each(['read', 'write'] as const)(
        'stops a %s that is under way when the signal aborts',
        async (call) => {
          const stop = new AbortController();
          const arrived = world.hangNext(call);
          const stopped = faultOf(
            call === 'read'
              ? world.issuer.inspect(resource, stop.signal)
              : write(world.issuer, resource, stop.signal),
          );
          await arrived;
          stop.abort();
          expect((await stopped).effect).toBe('unknown');
        },
      );
    });

    it('says not_applied only where the write changed nothing, and never sends it twice', async () => {
      expect(world.writeFaults.length).toBeGreaterThan(0);
      for (const { name: fault, arm } of world.writeFaults) {
        const before = world.writes();
        arm();
        const { effect } = await faultOf(write(world.issuer, resource));
        const arrived = world.writes() - before;
        expect({ fault, arrived: Math.max(arrived, 1) }).toEqual({ fault, arrived: 1 });
        expect({ fault, falseProof: arrived > 0 && effect === 'not_applied' }).toEqual({
          fault,
          falseProof: false,
        });
        if (arrived > 0) await world.finishChange();
      }
    });
  });
}

export function tokenOf(seen: IssuerView['current'] | undefined): Secret {
  if (seen instanceof Secret) return seen;
  throw new Error(`a readable token was expected, found ${seen ?? 'none'}`);
}
