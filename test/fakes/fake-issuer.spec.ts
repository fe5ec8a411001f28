import { describe, expect, it } from '@jest/globals';

import { RotorError } from '../../src/rotation/errors.js';
import { resettableContract, settableContract } from '../contracts/issuer-kinds.contract.js';
import { issuerContract, type IssuerHarness, type Unresolvable } from '../contracts/issuer.contract.js';
import { FakeResettableIssuer, FakeSettableIssuer, freshToken } from './fake-issuer.js';
import { never } from './never.js';

type Fake = FakeResettableIssuer | FakeSettableIssuer;

function refusal(code: Unresolvable): RotorError {
  return new RotorError(code, 'The fake was told so.', { hint: 'Tell it otherwise.' });
}

function harness<I extends Fake>(issuer: I, method: 'set' | 'reset'): IssuerHarness<I> {
  let others = 0;
  let doomed = false;
  return {
    issuer,
    unresolvable: (code) => {
      issuer.unresolvable = refusal(code);
      return issuer;
    },
    tokenInForce: () => issuer.inForce,
    writes: () => issuer.writes + others,
    holdChanges: () => (issuer.rollout = 'by_hand'),
    failNextChange: () => (doomed = true),
    finishChange: async () => {
      if (doomed) issuer.fail();
      else issuer.apply();
      doomed = false;
    },
    changeByOthers: () => {
      others += 1;
      if (issuer instanceof FakeResettableIssuer) issuer.resetByOthers();
      else issuer.changeByOthers();
    },
    makeUnreadable: () => (issuer.readable = false),
    removeResource: () => (issuer.unavailable = refusal('upstream_not_found')),
    failNextRead: () => issuer.failNext('inspect', new RotorError('upstream_error', 'The fake failed.')),
    hangNext: async (call) => issuer.hangNext(call === 'read' ? 'inspect' : method),
    writeFaults: [
      {
        name: 'refused',
        arm: () => issuer.failNext(method, new RotorError('upstream_rate_limited', 'Later.')),
      },
      { name: 'reply lost', arm: () => issuer.loseNextReply(method) },
    ],
    close: async () => {},
  };
}

const resettable = async () => {
  const issuer = new FakeResettableIssuer();
  return { ...harness(issuer, 'reset'), loseNextReset: () => issuer.loseNextReply('reset') };
};

const settable = async () => {
  const issuer = new FakeSettableIssuer();
  return {
    ...harness(issuer, 'set'),
    loseNextSet: () => issuer.loseNextReply('set'),
    halveNextSet: () => issuer.writeHalfNext(),
  };
};

issuerContract('the fake server-chosen issuer', resettable);
issuerContract('the fake caller-chosen issuer', settable);
resettableContract('the fake server-chosen issuer', resettable);
settableContract('the fake caller-chosen issuer', settable);

describe('the instances of the fake issuer', () => {
  it('switch one by one to a token that was reset, and back when the change fails', async () => {
    const issuer = new FakeResettableIssuer({ instances: 3 });
    const old = issuer.inForce;
    const token = await issuer.reset(issuer.resource, never());
    issuer.switchInstance(1);
    expect([issuer.acceptedBy(old), issuer.acceptedBy(token)]).toEqual([2, 1]);
    issuer.fail();
    expect([issuer.acceptedBy(old), issuer.acceptedBy(token)]).toEqual([3, 0]);
  });

  it('do not see a half write until it is repeated', async () => {
    const issuer = new FakeSettableIssuer({ instances: 2 });
    const token = freshToken();
    issuer.writeHalfNext();
    await expect(issuer.set(issuer.resource, token, 'version-1', never())).rejects.toMatchObject({
      effect: 'unknown',
    });
    issuer.apply();
    expect([issuer.inForce.equals(token), issuer.acceptedBy(token)]).toEqual([true, 0]);
    await issuer.set(issuer.resource, token, 'version-2', never());
    issuer.apply();
    expect(issuer.acceptedBy(token)).toBe(2);
  });

  it('switch with the call where the roll-out is at once', async () => {
    const issuer = new FakeResettableIssuer({ instances: 2, rollout: 'at_once' });
    const token = await issuer.reset(issuer.resource, never());
    expect([issuer.acceptedBy(token), issuer.inForce.equals(token)]).toEqual([2, true]);
  });
});
