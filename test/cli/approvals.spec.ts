import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { settled } from '../contracts/journal.contract.js';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere, type Said } from './in-process.js';
import { rotor } from './rotor-command.js';

const HOUR = 3_600_000;

/** Each new token of each rotation needs an approval. Nobody works on the runs but the test. */
describe('approvals by the command line', () => {
  let world: ApiWorld;
  /** Of who asks, of who may approve, and of one who may do both. */
  let ben: Record<string, string>;
  let ana: Record<string, string>;
  let eve: Record<string, string>;
  beforeEach(async () => {
    world = await ApiWorld.open({
      others: { docs: { env: 'staging' } },
      approval: { approvers: [], expiresMs: 4 * HOUR },
    });
    await world.app.listen(0, '127.0.0.1');
    const address = (await world.app.getUrl()).replace('[::1]', '127.0.0.1');
    const as = async (name: string, grants: readonly string[]) => {
      const { body } = await world.ask('POST', '/v1/tokens', { name, grants });
      return { ROTOR_ADDR: address, ROTOR_TOKEN: String(body['token']) };
    };
    ben = await as('ben', ['read', 'rotate', 'pause']);
    ana = await as('ana', ['read', 'approve']);
    eve = await as('eve', ['read', 'rotate', 'approve']);
  });
  afterEach(async () => world.close());

  const by = async (who: Record<string, string>, ...flags: string[]): Promise<Said> => rotorHere(flags, who);
  const askedBy = async (who: Record<string, string>, name = 'checkout'): Promise<string> =>
    (await by(who, 'rotate', name, '--reason', 'seen in a ticket', '-o', 'name')).stdout.trim();
  const runs = async () => world.journal.list({ limit: 10 });
  const lastLine = ({ stderr }: Said) => stderr.trimEnd().split('\n').at(-1);

  describe('rotor rotate', () => {
    it('asks in place of a start, says until when and who may decide, and ends with 7', async () => {
      const asked = await by(ben, 'rotate', 'checkout', '--reason', 'seen in a ticket');
      expect(asked.exit).toBe(7);
      expect(asked.stdout).toMatch(/^Approval +apr_\w+\nRotation +checkout\nState +pending\n/);
      expect(asked.stdout).toMatch(/\nAsked +\S+Z by the API token ben .*: seen in a ticket\n/);
      expect(asked.stdout).toMatch(/\nUntil +\S+Z\nApprovers +whoever else has the scope approve\n/);
      expect(asked.stderr).toMatch(
        /^nothing was started: .*\nnext: rotor approve apr_\w+, as somebody else\n$/,
      );
      expect(await runs()).toEqual([]);
    });

    it('says who has asked already, and asks for no second one', async () => {
      const id = await askedBy(ben);
      const again = await by(eve, 'rotate', 'checkout', '-o', 'json');
      expect([again.exit, JSON.parse(again.stdout)]).toEqual([7, expect.objectContaining({ id })]);
      expect(again.stderr).toMatch(/^the API token ben .* has asked for it already: seen in a ticket\n/);
      expect(lastLine(again)).toBe(`next: rotor approve ${id}`);
      expect((await by(ana, 'get', 'approvals', '-o', 'name')).stdout).toBe(`${id}\n`);
    });

    it('starts at once where nothing is asked for: adoptions, rehearsals, and emergencies, which say so', async () => {
      expect((await by(ben, 'adopt', 'docs')).exit).toBe(0);
      const urgent = await by(ben, 'rotate', 'checkout', '--emergency', '--reason', 'leak');
      expect(urgent).toMatchObject({ exit: 0, stderr: expect.stringMatching(/^checkout skips .*approval/) });
      expect((await runs()).map(({ mode }) => mode).toSorted()).toEqual(['adopt', 'rotate']);
    });

    it('of several names each that it refuses, and how to ask for it', async () => {
      const several = await by(ben, 'rotate', 'checkout', 'docs');
      expect(several.exit).toBe(7);
      expect(several.stderr).toMatch(/^checkout: .*approval.*\ndocs: .*approval/);
      expect(several.stderr).toMatch(/\nnext: rotor rotate checkout\nnext: rotor rotate docs\n$/);
    });

    it('waits for the decision and then for the run, as whose exit code it ends', async () => {
      const waiting = by(ben, 'rotate', 'checkout', '--wait', '-o', 'name');
      const id = await pending();
      await world.ask('POST', `/v1/approvals/${id}/approve`, { comment: 'go' });
      const claim = await found('a run', async () => world.journal.claim());
      await world.journal.append(claim, { state: settled });
      await world.journal.append(claim, {
        state: { state: 'ended', outcome: 'partial', reason: 'targets_failed', detail: 'over' } as never,
      });
      const [run] = await runs();
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
      const waiting = by(ben, 'rotate', 'checkout', '--watch');
      const id = await pending();
      await world.ask('POST', `/v1/approvals/${id}/reject`, { reason: 'not on a Friday' });
      const said = await waiting;
      expect(said.exit).toBe(7);
      expect(said.stderr).toMatch(
        new RegExp(
          `\n${id} was rejected by the owner at \\S+: not on a Friday\nnext: rotor describe approval`,
        ),
      );
      expect(await runs()).toEqual([]);
    });

    it('stops waiting when the time is over: the request waits on', async () => {
      const said = await by(ben, 'rotate', 'checkout', '--wait', '--timeout', '300ms');
      expect(said.exit).toBe(8);
      expect(said.stderr).toMatch(
        /\nthe time is over; apr_\w+ waits on.\nnext: rotor describe approval apr_\w+\n$/,
      );
      expect((await by(ana, 'get', 'approvals', '--state', 'pending', '-o', 'name')).stdout).toMatch(/^apr_/);
    });

    async function pending(): Promise<string> {
      return found('a request', async () => {
        const { body } = await world.ask('GET', '/v1/rotations/checkout');
        return (body['approval'] as { readonly pending: string | null }).pending ?? undefined;
      });
    }
  });

  describe('rotor approve', () => {
    it('starts the run of whoever has asked, and says how to watch it', async () => {
      const id = await askedBy(ben);
      const granted = await by(ana, 'approve', id, '--yes', '--comment', 'go');
      const [run] = await runs();
      expect(granted).toMatchObject({
        exit: 0,
        stderr: `started; watch it with: rotor watch ${run?.id ?? ''}\n`,
      });
      expect(granted.stdout).toMatch(
        new RegExp(`\nDecided +\\S+ by the API token ana .*\nComment +go\nRun +${run?.id ?? ''}\n$`),
      );
      expect(run).toMatchObject({ rotation: 'checkout', trigger: { reason: 'seen in a ticket' } });
      const shown = await by(ana, 'describe', 'run', run?.id ?? '');
      expect(shown.stdout).toMatch(
        /\nStarted +\S+ by the API token ben .*: seen in a ticket\nApproved +\S+ by the API token ana .*: go \(apr_/,
      );
    });

    it('needs a word where there is no terminal to ask on', async () => {
      const id = await askedBy(ben);
      const refused = await by(ana, 'approve', id);
      expect([refused.exit, refused.stderr]).toEqual([
        2,
        expect.stringContaining(`Look at it with \`rotor describe approval ${id}\`, then give --yes.`),
      ]);
      expect(await runs()).toEqual([]);
    });

    it('is for somebody else than who has asked, and for who has the scope', async () => {
      const id = await askedBy(eve);
      const own = await by(eve, 'approve', id, '--yes');
      expect([own.exit, lastLine(own)]).toEqual([5, `next: rotor approve ${id}, as somebody else`]);
      const other = await by(ben, 'approve', id, '--yes');
      expect([other.exit, lastLine(other)]).toEqual([
        5,
        'next: rotor token create NAME --grant approve, as its owner',
      ]);
      expect(await runs()).toEqual([]);
    });

    it('says by whom it was decided before', async () => {
      const id = await askedBy(ben);
      expect((await by(ana, 'reject', id, '--reason', 'not on a Friday')).exit).toBe(0);
      const late = await by(eve, 'approve', id, '--yes');
      expect([late.exit, lastLine(late)]).toEqual([7, `next: rotor describe approval ${id}`]);
      expect(late.stderr).toContain('not on a Friday');
    });

    it('leaves the start to the schedule where the schedule has asked, and waits for it only if told to', async () => {
      const at = world.clock.now();
      const { id } = await world.journal.approvals.ask({
        rotation: 'checkout',
        trigger: 'schedule',
        by: { id: 'schedule', name: 'schedule' },
        reason: 'due',
        expiresAt: at + HOUR,
      });
      const waiting = await by(ana, 'approve', id, '--yes', '--wait', '--timeout', '300ms');
      expect([waiting.exit, lastLine(waiting)]).toEqual([8, `next: rotor describe approval ${id}`]);
      const again = await by(ana, 'approve', id, '--yes');
      expect(again).toMatchObject({
        exit: 0,
        stdout: expect.stringMatching(/\nState +granted\nAsked +\S+ by schedule: due\nUntil +\S+Z\nDecided /),
        stderr: 'the schedule starts it within its rules; see when with: rotor plan checkout\n',
      });
      expect(await runs()).toEqual([]);
    });

    it('leads to the list where there is no such approval', async () => {
      const said = await by(ana, 'approve', 'apr_nope', '--yes');
      expect([said.exit, lastLine(said)]).toEqual([2, 'next: rotor get approvals']);
    });
  });

  it('reject says why, ends the request, and takes back what one has asked for oneself', async () => {
    const id = await askedBy(ben);
    expect((await by(ana, 'reject', id)).exit).toBe(2);
    const taken = await by(ben, 'reject', id, '--reason', 'not needed any more');
    expect(taken).toMatchObject({
      exit: 0,
      stderr: expect.stringMatching(
        new RegExp(`^${id} was rejected by the API token ben .*: not needed any more\n`),
      ),
    });
    expect(await askedBy(ben)).not.toBe(id);
  });

  it('get and describe show what waits, what did so, and who has decided', async () => {
    const docs = await askedBy(ben, 'docs');
    await by(ana, 'reject', docs, '--reason', 'freeze');
    const checkout = await askedBy(ben);
    const { stdout } = await by(ana, 'get', 'approvals');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^APPROVAL +ROTATION +STATE +AGE +ENDS$/);
    expect(rows).toHaveLength(2);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3))).toEqual(
      expect.arrayContaining([
        [checkout, 'checkout', 'pending'],
        [docs, 'docs', 'rejected'],
      ]),
    );
    expect((await by(ana, 'get', 'approvals', '-l', 'env=staging', '-o', 'name')).stdout).toBe(`${docs}\n`);
    expect((await by(ana, 'get', 'approvals', '--state', 'pending', '-o', 'name')).stdout).toBe(
      `${checkout}\n`,
    );
    expect((await by(ana, 'get', 'approvals', '--rotation', 'docs', '-o', 'jsonl')).stdout).toContain(
      '"freeze"',
    );
    expect((await by(ana, 'get', 'approvals', '--rotation', 'nope')).exit).toBe(2);
    expect((await by(ana, 'get', 'approval', docs, '-o', 'wide')).stdout).toMatch(
      / rejected .* seen in a ticket\n$/,
    );
    const described = await by(ana, 'describe', 'approval', checkout);
    expect(described.stdout).toMatch(/^Approval +apr_\w+\nRotation +checkout\nState +pending\n/);
    expect(lastLine(described)).toBe(`next: rotor approve ${checkout} · rotor reject ${checkout} --reason …`);
    const over = await by(ana, 'describe', 'approval', docs);
    expect([over.stdout, over.stderr]).toEqual([expect.stringMatching(/\nComment +freeze\n/), '']);
  });

  it('status and describe of the rotation say what it waits for', async () => {
    expect((await by(ben, 'describe', 'rotation', 'checkout')).stdout).toMatch(
      /\nApproval +each new token needs one\n/,
    );
    const id = await askedBy(ben);
    const all = await by(ben, 'status');
    expect(all.stdout).toMatch(/\ncheckout .* on approval +–\n/);
    const remark = `checkout waits for approval ${id}\n  next: rotor describe approval ${id} · rotor approve ${id}\n`;
    expect(all.stdout).toContain(`\n\n${remark}`);
    expect((await by(ben, 'status', 'checkout')).stdout).toContain(remark);
    expect((await by(ben, 'status', 'checkout', '--check')).stdout).toBe(
      `ROTOR OK - checkout is new: waits for approval ${id}\n`,
    );
    expect((await by(ben, 'plan', 'checkout')).stdout).toContain(
      `\n  waits for approval ${id}: rotor approve ${id}\n`,
    );
    expect((await by(ben, 'describe', 'rotation', 'checkout')).stdout).toMatch(
      new RegExp(`\nApproval +${id} waits for one; next: rotor approve ${id}\n`),
    );
  });

  it('events tell of them, a line each', async () => {
    const id = await askedBy(ben);
    await by(ana, 'approve', id, '--yes');
    const { stdout } = await by(ben, 'events', '--since', '2026-11-01T00:00:00Z');
    expect(stdout).toMatch(
      new RegExp(`checkout  approval ${id} requested by the API token ben .*: seen in a ticket\n`),
    );
    expect(stdout).toMatch(new RegExp(`checkout  approval ${id} granted by the API token ana [^:]*\n`));
  });

  it('a shell completes the ids of those that can be decided on', async () => {
    const docs = await askedBy(ben, 'docs');
    await by(ana, 'reject', docs, '--reason', 'freeze');
    const checkout = await askedBy(ben);
    const offered = async (...words: string[]) => (await rotor(['complete', '--', ...words, ''], ana)).stdout;
    expect(await offered('approve')).toContain(checkout);
    expect(await offered('reject')).not.toContain(docs);
    expect(await offered('describe', 'approval')).toContain(docs);
  });
});

async function found<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  let seen: T | undefined;
  await until(`there is ${what}`, async () => (seen = await look()) !== undefined);
  return seen as T;
}
