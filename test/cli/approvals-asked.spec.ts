import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { settled } from '../contracts/journal.contract.js';
import { until } from '../fakes/until.js';
import { ApprovalWorld, askedBy, by, lastLine } from './approval-world.js';

describe('rotor rotate where an approval is needed', () => {
  let world: ApprovalWorld;
  beforeEach(async () => {
    world = await ApprovalWorld.open();
  });
  afterEach(async () => world.close());

  it('asks in place of a start, says until when and who may decide, and ends with 7', async () => {
    const asked = await by(world.ben, 'rotate', 'checkout', '--reason', 'seen in a ticket');
    expect(asked.exit).toBe(7);
    expect(asked.stdout).toMatch(/^Approval +apr_\w+\nRotation +checkout\nState +pending\n/);
    expect(asked.stdout).toMatch(/\nAsked +\S+Z by the API token ben .*: seen in a ticket\n/);
    expect(asked.stdout).toMatch(/\nUntil +\S+Z\nApprovers +whoever else has the scope approve\n/);
    expect(asked.stderr).toMatch(
      /^nothing was started: .*\nnext: rotor approve apr_\w+, as somebody else\n$/,
    );
    expect(await world.runs()).toEqual([]);
  });

  it('says who has asked already, and asks for no second one', async () => {
    const id = await askedBy(world.ben);
    const again = await by(world.eve, 'rotate', 'checkout', '-o', 'json');
    expect([again.exit, JSON.parse(again.stdout)]).toEqual([7, expect.objectContaining({ id })]);
    expect(again.stderr).toMatch(/^the API token ben .* has asked for it already: seen in a ticket\n/);
    expect(lastLine(again)).toBe(`next: rotor approve ${id}`);
    expect((await by(world.ana, 'get', 'approvals', '-o', 'name')).stdout).toBe(`${id}\n`);
  });

  it('follows nobody whose request is not by the plan that was agreed to', async () => {
    const id = await askedBy(world.ben);
    const { body } = await world.api.ask('POST', '/v1/rotations/checkout/plan', {});
    const flags = ['--plan', String(body['planId']), '--wait', '--timeout', '5s'];
    const other = await by(world.eve, 'rotate', 'checkout', ...flags);
    expect(other.exit).toBe(7);
    expect(other.stderr).toContain(`ben`);
    expect(other.stderr).toContain(`not by this plan: ${id}`);
  });

  it('starts at once where nothing is asked for: adoptions, rehearsals, and emergencies, which say so', async () => {
    expect((await by(world.ben, 'adopt', 'docs')).exit).toBe(0);
    const urgent = await by(world.ben, 'rotate', 'checkout', '--emergency', '--reason', 'leak');
    expect(urgent).toMatchObject({ exit: 0, stderr: expect.stringMatching(/^checkout skips .*approval/) });
    expect((await world.runs()).map(({ mode }) => mode).toSorted()).toEqual(['adopt', 'rotate']);
  });

  it.each([[['checkout', 'docs']], [['--all', '--yes']]])(
    'of several each, by a request of its own with the same reason: %j',
    async (words) => {
      const several = await by(world.ben, 'rotate', ...words, '--reason', 'seen in a ticket');
      expect([several.exit, several.stdout]).toEqual([7, '']);
      const { stdout } = await by(world.ana, 'get', 'approvals', '-o', 'json');
      const { approvals } = JSON.parse(stdout) as { approvals: { id: string; rotation: string }[] };
      expect(approvals.map(({ rotation }) => rotation).toSorted()).toEqual(['checkout', 'docs']);
      for (const { id, rotation } of approvals)
        expect(several.stderr).toContain(`${rotation}: not started; waits for approval ${id} until `);
      expect(approvals).toMatchObject([{ reason: 'seen in a ticket' }, { reason: 'seen in a ticket' }]);
      expect(lastLine(several)).toBe('next: rotor get approvals');
      expect(await world.runs()).toEqual([]);
    },
  );

  it('of those with these labels, of none beside a name that is not there, and of one that was asked for already', async () => {
    const id = await askedBy(world.ben, 'docs');
    const some = await by(world.eve, 'rotate', '-l', 'env=staging', '-o', 'json');
    expect([some.exit, JSON.parse(some.stdout)]).toEqual([
      7,
      expect.objectContaining({ runs: [], asked: [expect.objectContaining({ id })], refused: [] }),
    ]);
    expect(some.stderr).toMatch(/for which the API token ben .* has asked already: seen in a ticket\n/);
    expect(lastLine(some)).toBe(`next: rotor describe approval ${id}`);
    const typo = await by(world.ben, 'rotate', 'checkout', 'nope');
    expect(typo).toMatchObject({ exit: 2, stderr: expect.stringContaining('there is no rotation "nope"') });
    expect((await by(world.ana, 'get', 'approvals', '-o', 'name')).stdout).toBe(`${id}\n`);
  });

  it('of several only those that need one: the others start', async () => {
    await world.close();
    world = await ApprovalWorld.open(['docs']);
    const both = await by(world.ben, 'rotate', 'checkout', 'docs');
    expect(both).toMatchObject({ exit: 7, stdout: expect.stringMatching(/\ncheckout +run_\w+\n$/) });
    expect(both.stderr).toMatch(/^docs: not started; waits for approval apr_/);
    expect((await world.runs()).map(({ rotation }) => rotation)).toEqual(['checkout']);
  });

  it('waits for the decision and then for the run, as whose exit code it ends', async () => {
    const waiting = by(world.ben, 'rotate', 'checkout', '--wait', '-o', 'name');
    const id = await pending();
    await world.api.ask('POST', `/v1/approvals/${id}/approve`, { comment: 'go' });
    const claim = await found('a run', async () => world.api.journal.claim());
    await world.api.journal.append(claim, { state: settled });
    await world.api.journal.append(claim, {
      state: { state: 'ended', outcome: 'partial', reason: 'targets_failed', detail: 'over' } as never,
    });
    const [run] = await world.runs();
    const said = await waiting;
    expect([said.exit, said.stdout]).toEqual([4, `${run?.id ?? ''}\n`]);
    expect(said.stderr).toMatch(
      /^checkout waits for approval until \S+, by whoever else .*: rotor approve apr_/,
    );
    expect(said.stderr).toMatch(
      new RegExp(`\n${id} was granted by the owner at \\S+: go; run_\\w+ has started\n`),
    );
  });

  it('ends with 7 where somebody has rejected it meanwhile, and says who and why', async () => {
    const waiting = by(world.ben, 'rotate', 'checkout', '--watch');
    const id = await pending();
    await world.api.ask('POST', `/v1/approvals/${id}/reject`, { reason: 'not on a Friday' });
    const said = await waiting;
    expect(said.exit).toBe(7);
    expect(said.stderr).toMatch(
      new RegExp(`\n${id} was rejected by the owner at \\S+: not on a Friday\nnext: rotor describe approval`),
    );
    expect(await world.runs()).toEqual([]);
  });

  it('stops waiting when the time is over: the request waits on', async () => {
    const said = await by(world.ben, 'rotate', 'checkout', '--wait', '--timeout', '300ms');
    expect(said.exit).toBe(8);
    expect(said.stderr).toMatch(
      /\nthe time is over; apr_\w+ waits on.\nnext: rotor describe approval apr_\w+\n$/,
    );
    expect((await by(world.ana, 'get', 'approvals', '--state', 'pending', '-o', 'name')).stdout).toMatch(
      /^apr_/,
    );
  });

  async function pending(): Promise<string> {
    return found('a request', async () => {
      const { body } = await world.api.ask('GET', '/v1/rotations/checkout');
      return (body['approval'] as { readonly pending: string | null }).pending ?? undefined;
    });
  }
});

async function found<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  let seen: T | undefined;
  await until(`there is ${what}`, async () => (seen = await look()) !== undefined);
  return seen as T;
}
