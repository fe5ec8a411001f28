import { describe, expect, it } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { ApmInstance } from '../../src/sandbox/apm-server/instance.js';
import { rollOut, type RolloutDeps } from '../../src/sandbox/apm-server/rollout.js';
import { createLedger } from '../../src/sandbox/ledger.js';
import { createRandom } from '../../src/sandbox/random.js';

describe('two rollouts of which the second begins before the first is over', () => {
  it('end on the token of the second, whatever moments they take', () => {
    const random = createRandom(5);
    const ledger = createLedger();
    const [early, late] = [random.base62(32), random.base62(32)];
    const instances = ['instance-0', 'instance-1', 'instance-2'].map((name) => new ApmInstance(name, early));
    const subject = { name: 'checkout-prod', instances, server: { drain: () => undefined } };
    const planned: { ms: number; run: () => void }[] = [];
    const timers = { after: (ms: number, run: () => void) => void planned.push({ ms, run }) };
    const deps = { random, timers, timings: { switchSpreadMs: 15_000 }, ledger } as unknown as RolloutDeps;
    rollOut(subject, random.base62(32), deps);
    rollOut(subject, late, deps);
    // The first one's come last.
    for (const { run } of planned.toReversed()) run();
    expect(instances.map(({ accepts }) => accepts)).toEqual(Array.from(instances, () => fingerprintOf(late)));
  });
});
