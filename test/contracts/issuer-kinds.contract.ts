import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Resource, ResettableIssuer, SettableIssuer } from '../../src/issuers/issuer.js';
import { freshToken } from '../fakes/fake-issuer.js';
import { never } from '../fakes/never.js';
import { faultOf, tokenOf, type IssuerHarness } from './issuer.contract.js';

export type ResettableHarness = IssuerHarness<ResettableIssuer> & {
  /** The next reset is carried out, and its reply is lost. */
  loseNextReset(): void;
};

export type SettableHarness = IssuerHarness<SettableIssuer> & {
  /** The next set is carried out, and its reply is lost. */
  loseNextSet(): void;
  /** The next set saves the token, and what should make it take effect fails. */
  halveNextSet(): void;
};

/** What only a server-chosen issuer promises. */
export function resettableContract(name: string, makeHarness: () => Promise<ResettableHarness>): void {
  describe(`${name} keeps the promises of a server-chosen issuer`, () => {
    let world: ResettableHarness;
    let resource: Resource;
    beforeEach(async () => {
      world = await makeHarness();
      world.holdChanges();
      resource = await world.issuer.resolve(never());
    });
    afterEach(() => world.close());

    it('hands over the very token that is on its way, while the old one is in force', async () => {
      const old = world.tokenInForce();
      const token = await world.issuer.reset(resource, never());
      const view = await world.issuer.inspect(resource, never());
      expect(tokenOf(view.pending).equals(token)).toBe(true);
      expect(tokenOf(view.current).equals(old)).toBe(true);
      expect(view.busy).toMatch(/\S/);
      expect(world.writes()).toBe(1);
    });

    it('refuses a reset while a change is on its way, with proof', async () => {
      world.changeByOthers();
      const before = world.writes();
      expect(await faultOf(world.issuer.reset(resource, never()))).toMatchObject({
        code: 'upstream_busy',
        effect: 'not_applied',
      });
      expect(world.writes()).toBe(before);
    });

    it('sends one reset when the reply is lost, and claims nothing about it', async () => {
      world.loseNextReset();
      expect((await faultOf(world.issuer.reset(resource, never()))).effect).toBe('unknown');
      expect(world.writes()).toBe(1);
    });

    it('keeps attempt and token, and names the failed attempt, when a change fails', async () => {
      const before = await world.issuer.inspect(resource, never());
      world.failNextChange();
      await world.issuer.reset(resource, never());
      await world.finishChange();
      const after = await world.issuer.inspect(resource, never());
      expect(after.attempt).toBe(before.attempt);
      expect(after.failedAttempt).toMatch(/\S/);
      expect(after.failedAttempt).not.toBe(after.attempt);
      expect(tokenOf(after.current).equals(tokenOf(before.current))).toBe(true);
      expect(after.pending).toBeUndefined();
    });

    it('no longer names a failed attempt after a later change was applied', async () => {
      world.failNextChange();
      await world.issuer.reset(resource, never());
      await world.finishChange();
      await world.issuer.reset(resource, never());
      await world.finishChange();
      expect((await world.issuer.inspect(resource, never())).failedAttempt).toBeUndefined();
    });
  });
}

/** What only a caller-chosen issuer promises. */
export function settableContract(name: string, makeHarness: () => Promise<SettableHarness>): void {
  describe(`${name} keeps the promises of a caller-chosen issuer`, () => {
    let world: SettableHarness;
    let resource: Resource;
    const precondition = async (): Promise<string> =>
      (await world.issuer.inspect(resource, never())).precondition;
    beforeEach(async () => {
      world = await makeHarness();
      resource = await world.issuer.resolve(never());
    });
    afterEach(() => world.close());

    it('applies only while the precondition holds, and proves it otherwise', async () => {
      const seen = await precondition();
      world.changeByOthers();
      const theirs = world.tokenInForce();
      expect(await faultOf(world.issuer.set(resource, freshToken(), seen, never()))).toMatchObject({
        code: 'upstream_busy',
        effect: 'not_applied',
      });
      expect(world.tokenInForce().equals(theirs)).toBe(true);
    });

    it('may be repeated with the same token', async () => {
      const token = freshToken();
      await world.issuer.set(resource, token, await precondition(), never());
      await world.issuer.set(resource, token, await precondition(), never());
      expect(world.tokenInForce().equals(token)).toBe(true);
    });

    it.each(['loseNextSet', 'halveNextSet'] as const)(
      'claims nothing after %s, and heals when repeated',
      async (arm) => {
        const token = freshToken();
        world[arm]();
        expect((await faultOf(world.issuer.set(resource, token, await precondition(), never()))).effect).toBe(
          'unknown',
        );
        await world.issuer.set(resource, token, await precondition(), never());
        await world.finishChange();
        expect(world.tokenInForce().equals(token)).toBe(true);
      },
    );
  });
}
