import { afterEach, describe, it, expect } from '@jest/globals';
import { fingerprintOf } from '../../src/rotation/secret.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.js';
import { at, cloud, errorCode, type Answer } from './client.js';

let sandbox: Sandbox;
afterEach(async () => sandbox.close());

const FAST = { planMs: 20, flickerMs: 0, switchSpreadMs: 10 };
const CURRENT = ['info', 'plan_info', 'current', 'plan', 'apm', 'system_settings', 'secret_token'] as const;
const PENDING = ['info', 'plan_info', 'pending', 'plan', 'apm', 'system_settings', 'secret_token'] as const;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ timings: FAST, ...options });
}

async function resource(name = 'checkout-prod', query = ''): Promise<unknown> {
  const answer = await cloud(sandbox, `/deployments/${sandbox.deployment(name).id}/apm/_main${query}`);
  expect(answer.status).toBe(200);
  return answer.json();
}

async function reset(name = 'checkout-prod', ref = 'main-apm'): Promise<Answer> {
  const path = `/deployments/${sandbox.deployment(name).id}/apm/${ref}/_reset-token`;
  return cloud(sandbox, path, { method: 'POST' });
}

describe('resetting the token', () => {
  it('answers with the new token at once and puts it in force when the plan is applied', async () => {
    await start();
    const handle = sandbox.deployment('checkout-prod');
    const old = handle.currentToken();
    handle.holdPlanPending();
    const answer = await reset();
    const fresh = at(answer.json(), 'secret_token');
    expect(answer.status).toBe(202);
    expect(fresh).not.toBe(old);
    const changing = await resource();
    expect([at(changing, ...CURRENT), at(changing, ...PENDING)]).toEqual([old, fresh]);
    expect(at(changing, 'info', 'status')).toBe('reconfiguring');
    handle.releasePlan();
    await sandbox.ledger.waitFor((entry) => entry.kind === 'plan.applied');
    const settled = await resource();
    expect([at(settled, ...CURRENT), at(settled, ...PENDING)]).toEqual([fresh, undefined]);
    expect(at(settled, 'info', 'plan_info', 'current', 'plan_attempt_id')).not.toBe(
      at(changing, 'info', 'plan_info', 'current', 'plan_attempt_id'),
    );
    expect(handle.currentToken()).toBe(fresh);
  });

  it('switches the instances after that, each at its own moment', async () => {
    await start();
    const old = fingerprintOf(sandbox.deployment('checkout-prod').currentToken());
    const fresh = fingerprintOf(String(at((await reset()).json(), 'secret_token')));
    const isThird = (): boolean => sandbox.ledger.of('instance.switched').length === 3;
    await sandbox.ledger.waitFor(isThird);
    const kinds = sandbox.ledger.entries.map(({ kind }) => kind);
    expect(kinds.indexOf('plan.applied')).toBeLessThan(kinds.indexOf('instance.switched'));
    const switched = sandbox.ledger.of('instance.switched');
    expect(new Set(switched.map(({ instance }) => instance)).size).toBe(3);
    expect(switched.every(({ from, to }) => from === old && to === fresh)).toBe(true);
    expect(new Set(switched.map((entry) => entry.at)).size).toBe(3);
  });

  it('moves the resource version, which is a header of a get', async () => {
    await start();
    const { id } = sandbox.deployment('checkout-prod');
    const version = async (): Promise<unknown> =>
      (await cloud(sandbox, `/deployments/${id}`)).headers['x-cloud-resource-version'];
    const before = await version();
    await reset();
    expect(await version()).not.toBe(before);
  });

  it('is refused for APM that Elastic Agent manages', async () => {
    await start();
    const answer = await reset('billing-staging');
    expect([answer.status, errorCode(answer)]).toEqual([400, 'clusters.cluster_plan_state_error']);
    expect(answer.text).toContain('managed by Elastic Agent');
    const elsewhere = await reset('search-prod');
    expect([elsewhere.status, errorCode(elsewhere)]).toEqual([
      404,
      'deployments.deployment_resource_not_found',
    ]);
    expect(sandbox.ledger.of('token.reset')).toEqual([]);
  });

  it('is refused while a plan is pending, and changes nothing then', async () => {
    await start();
    const handle = sandbox.deployment('checkout-prod');
    handle.holdPlanPending();
    await reset();
    const pending = handle.pendingToken();
    const answer = await reset();
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('plan still pending');
    expect(handle.pendingToken()).toBe(pending);
    expect(() => handle.resetByColleague()).toThrow('pending');
  });

  it('leaves the old plan in force when the new one fails, and says so in history and log', async () => {
    await start();
    const handle = sandbox.deployment('checkout-prod');
    const old = handle.currentToken();
    handle.failNextPlan();
    await reset();
    await sandbox.ledger.waitFor((entry) => entry.kind === 'plan.failed');
    const after = await resource('checkout-prod', '?show_plan_logs=true&show_plan_history=true');
    expect(at(after, ...CURRENT)).toBe(old);
    expect(at(after, 'info', 'plan_info', 'healthy')).toBe(false);
    const attempt = at(after, 'info', 'plan_info', 'history', 1);
    expect(attempt).toMatchObject({ healthy: false, attempt_end_time: expect.any(String) });
    const log = at(attempt, 'plan_attempt_log');
    expect(Array.isArray(log) && log.at(-1)).toMatchObject({ step_id: 'plan-completed', status: 'error' });
    expect(handle.acceptedFingerprints().every(({ fingerprint }) => fingerprint === fingerprintOf(old))).toBe(
      true,
    );
    await reset();
    await sandbox.ledger.waitFor((entry) => entry.kind === 'plan.applied');
    expect(at(await resource(), 'info', 'plan_info', 'healthy')).toBe(true);
  });

  it('may be done by a colleague', async () => {
    await start();
    const handle = sandbox.deployment('checkout-prod');
    const old = handle.currentToken();
    handle.resetByColleague();
    await sandbox.ledger.waitFor((entry) => entry.kind === 'plan.applied');
    expect(handle.currentToken()).not.toBe(old);
    expect(sandbox.ledger.of('token.reset')).toMatchObject([
      { by: 'colleague', fingerprint: fingerprintOf(handle.currentToken()) },
    ]);
  });

  it('never writes a token into the ledger', async () => {
    await start();
    const handle = sandbox.deployment('checkout-prod');
    const old = handle.currentToken();
    await reset();
    await sandbox.ledger.waitFor(() => sandbox.ledger.of('instance.switched').length === 3);
    const written = JSON.stringify(sandbox.ledger.entries);
    expect(written).toContain(fingerprintOf(handle.currentToken()));
    expect(written).not.toContain(handle.currentToken());
    expect(written).not.toContain(old);
  });
});
