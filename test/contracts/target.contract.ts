import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { RotorError } from '../../src/rotation/errors.js';
import { Secret, type Fingerprint } from '../../src/rotation/secret.js';
import type { Observation, Target } from '../../src/targets/target.js';
import { never } from '../fakes/never.js';

/** A target, and hands on the world behind it, which its adapter must not know. */
export type TargetHarness = {
  readonly target: Target;
  /** How many instances of the consumer run; at least 2. */
  readonly instances: number;
  /** false: there is no way to see what they run with. */
  readonly observable: boolean;
  /** What a consumer that starts now would read. */
  held(): Promise<string | undefined>;
  /** Everything behind the target that a call could change. */
  world(): Promise<unknown>;
  /** Sets what each instance runs with; a delivery alone changes no instance once this was called. */
  runWith(running: readonly Fingerprint[]): Promise<void>;
  /** From now on no delivery can work, and it can be seen before one is tried. */
  makeImpossible(): Promise<void>;
  /** The next delivery does not get through, whatever it looked like before. `repair` lets the one after it. */
  breakDelivery(): Promise<void>;
  repair(): Promise<void>;
  /** The next call of `method` gets no answer from the world behind it; `waiting` resolves once the call waits there. */
  hang(method: 'deliver' | 'observe'): Promise<{ waiting: () => Promise<void> }>;
  /** Delivers the tokens in turn in a process of its own and kills it somewhere in it; absent where nothing is written. */
  deliverAndKill?(tokens: readonly Secret[]): Promise<void>;
  close(): Promise<void>;
};

export const newToken = (): Secret => new Secret(`t${randomBytes(24).toString('base64url')}`);

/** The promises of the port, checked on one adapter. */
export function targetContract(name: string, makeHarness: () => Promise<TargetHarness>): void {
  describe(`target contract: ${name}`, () => {
    let harness: TargetHarness;
    let target: Target;

    beforeEach(async () => {
      harness = await makeHarness();
      ({ target } = harness);
    });
    afterEach(() => harness.close());

    it('passes a preflight where a delivery would work, and changes nothing in it', async () => {
      await target.deliver(newToken(), never());
      const before = await harness.world();
      await target.preflight(never());
      expect(await harness.world()).toEqual(before);
    });

    it('refuses in the preflight where a delivery could not work', async () => {
      await harness.makeImpossible();
      const before = await harness.world();
      expect(await errorOf(target.preflight(never()))).toMatchObject({ code: 'target_refused' });
      expect(await harness.world()).toEqual(before);
    });

    it('delivers a token whole, and again, and a later one over it', async () => {
      const [first, second] = [newToken(), newToken()];
      await target.deliver(first, never());
      await target.deliver(first, never());
      expect(await harness.held()).toBe(first.reveal());
      await target.deliver(second, never());
      expect(await harness.held()).toBe(second.reveal());
    });

    it('tells target_failed for a delivery that did not get through, and the next one repairs it', async () => {
      await target.deliver(newToken(), never());
      const token = newToken();
      await harness.breakDelivery();
      const error = await errorOf(target.deliver(token, never()));
      expect(error).toMatchObject({ code: 'target_failed', retryable: true });
      expect(everythingIn(error)).not.toContain(token.reveal());
      await harness.repair();
      await target.deliver(token, never());
      expect(await harness.held()).toBe(token.reveal());
    });

    it('observes what the instances run with, not what was sent to them', async () => {
      const [old, token] = [newToken(), newToken()];
      const all = harness.instances;
      await harness.runWith(Array<Fingerprint>(all).fill(old.fingerprint));
      await target.deliver(token, never());
      expect(await look(token)).toMatchObject(seen(0));
      await harness.runWith([token.fingerprint, ...Array<Fingerprint>(all - 1).fill(old.fingerprint)]);
      expect(await look(token)).toMatchObject(seen(1));
      await harness.runWith(Array<Fingerprint>(all).fill(token.fingerprint));
      expect(await look(token)).toMatchObject(seen(all));
      expect(await look(old)).toMatchObject(seen(0));
    });

    it('changes nothing by looking', async () => {
      const token = newToken();
      await target.deliver(token, never());
      const before = await harness.world();
      await look(token);
      expect(await harness.world()).toEqual(before);
    });

    it('does nothing under a signal that has aborted already', async () => {
      const token = newToken();
      await target.deliver(token, never());
      const before = await harness.world();
      const gone = AbortSignal.abort();
      for (const call of [
        target.preflight(gone),
        target.deliver(newToken(), gone),
        target.observe(token.fingerprint, gone),
      ]) {
        expect(await errorOf(call)).toBeInstanceOf(RotorError);
      }
      expect(await harness.world()).toEqual(before);
    });

    it('stops a delivery that hangs when the signal aborts', async () => {
      const stop = new AbortController();
      const { waiting } = await harness.hang('deliver');
      const delivery = errorOf(target.deliver(newToken(), stop.signal));
      await waiting();
      stop.abort();
      expect(await delivery).toMatchObject({ code: 'target_failed' });
    });

    it('stops a look that hangs when the signal aborts', async () => {
      if (!harness.observable) return;
      const stop = new AbortController();
      const { waiting } = await harness.hang('observe');
      const observation = errorOf(target.observe(newToken().fingerprint, stop.signal));
      await waiting();
      stop.abort();
      expect(await observation).toMatchObject({ code: 'target_failed' });
    });

    it('leaves the old token or the new one whole when it is killed in the middle', async () => {
      if (!harness.deliverAndKill) return;
      const tokens = [newToken(), newToken()];
      await target.deliver(tokens[0] ?? newToken(), never());
      await harness.deliverAndKill(tokens);
      expect(tokens.map((token) => token.reveal())).toContain(await harness.held());
      const later = newToken();
      await target.deliver(later, never());
      expect(await harness.held()).toBe(later.reveal());
    });

    const seen = (count: number): Observation => {
      if (!harness.observable) return { state: 'assumed' };
      const of = harness.instances;
      return { state: count === of ? 'converged' : 'pending', seen: count, of };
    };
    const look = (token: Secret): ReturnType<Target['observe']> => target.observe(token.fingerprint, never());
  });
}

/** What the call throws, which must be the one error class. */
export async function errorOf(call: Promise<unknown>): Promise<RotorError> {
  const outcome = await call.then(
    () => 'it resolved',
    (thrown: unknown) => thrown,
  );
  if (outcome instanceof RotorError) return outcome;
  throw new Error(`expected a RotorError, got ${String(outcome)}`);
}

/** All that a log could show of an error. */
export function everythingIn(error: RotorError): string {
  const cause = error.cause instanceof Error ? `${error.cause.message} ${error.cause.stack}` : '';
  return [error.message, error.hint, error.stack, cause].join('\n');
}
