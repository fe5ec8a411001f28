import { describe, expect, it } from '@jest/globals';
import { RotorError } from '../../src/rotation/errors.js';
import { checkTargets } from '../../src/rotation/target-checks.js';
import { errorOf } from '../contracts/target.contract.js';
import { FakeTarget } from '../fakes/fake-target.js';

const never = new AbortController().signal;
const named = (target: FakeTarget) => ({ name: target.name, target, readyTimeoutMs: 1_000 });
const refusing = (name: string, retryable = false): FakeTarget => {
  const target = new FakeTarget({ name });
  target.failNext('preflight', new RotorError('target_refused', `Target ${name} cannot.`, { retryable }));
  return target;
};

describe('the check of all targets before anything changes', () => {
  it('returns what every one of them says', async () => {
    const [web, jobs] = [new FakeTarget({ name: 'web' }), new FakeTarget({ name: 'jobs' })];
    web.findings = ['web is managed by Helm.'];
    jobs.findings = ['jobs has no replicas.'];
    expect(await checkTargets([web, jobs].map(named), never)).toEqual([...web.findings, ...jobs.findings]);
  });

  it('names each one that refuses, and lets none of them hide another', async () => {
    const targets = [refusing('a'), new FakeTarget({ name: 'b' }), refusing('c')].map(named);
    const error = await errorOf(checkTargets(targets, never));
    expect(error).toMatchObject({ code: 'target_refused', retryable: false });
    expect(error.message).toBe('2 targets could not be delivered to. Target a cannot. Target c cannot.');
  });

  it('is not tried again while one of them cannot pass by itself', async () => {
    const error = await errorOf(checkTargets([refusing('a', true), refusing('c')].map(named), never));
    expect(error.retryable).toBe(false);
    expect((await errorOf(checkTargets([refusing('a', true)].map(named), never))).retryable).toBe(true);
  });

  it('names ten of hundreds', async () => {
    const targets = Array.from({ length: 300 }, (_, index) => named(refusing(`t${index}`)));
    expect((await errorOf(checkTargets(targets, never))).message).toMatch(/^300 targets .* And 290 more\.$/);
  });
});
