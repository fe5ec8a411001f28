import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApprovalWorld, askedBy, by, HOUR, lastLine } from './approval-world.js';
import { rotor } from './rotor-command.js';

describe('approvals by the command line', () => {
  let world: ApprovalWorld;
  beforeEach(async () => {
    world = await ApprovalWorld.open();
  });
  afterEach(async () => world.close());

  describe('rotor approve', () => {
    it('starts the run of whoever has asked, and says how to watch it', async () => {
      const id = await askedBy(world.ben);
      const granted = await by(world.ana, 'approve', id, '--yes', '--comment', 'go');
      const [run] = await world.runs();
      expect(granted).toMatchObject({
        exit: 0,
        stderr: `started; watch it with: rotor watch ${run?.id ?? ''}\n`,
      });
      expect(granted.stdout).toMatch(
        new RegExp(`\nDecided +\\S+ by the API token ana .*\nComment +go\nRun +${run?.id ?? ''}\n$`),
      );
      expect(run).toMatchObject({ rotation: 'checkout', trigger: { reason: 'seen in a ticket' } });
      const shown = await by(world.ana, 'describe', 'run', run?.id ?? '');
      expect(shown.stdout).toMatch(
        /\nStarted +\S+ by the API token ben .*: seen in a ticket\nApproved +\S+ by the API token ana .*: go \(apr_/,
      );
    });

    it('needs a word where there is no terminal to ask on', async () => {
      const id = await askedBy(world.ben);
      const refused = await by(world.ana, 'approve', id);
      expect([refused.exit, refused.stderr]).toEqual([
        2,
        expect.stringContaining(`Look at it with \`rotor describe approval ${id}\`, then give --yes.`),
      ]);
      expect(await world.runs()).toEqual([]);
    });

    it('is for somebody else than who has asked, and for who has the scope', async () => {
      const id = await askedBy(world.eve);
      const own = await by(world.eve, 'approve', id, '--yes');
      expect([own.exit, lastLine(own)]).toEqual([5, `next: rotor approve ${id}, as somebody else`]);
      const other = await by(world.ben, 'approve', id, '--yes');
      expect([other.exit, lastLine(other)]).toEqual([
        5,
        'next: rotor token create NAME --grant approve, as its owner',
      ]);
      expect(await world.runs()).toEqual([]);
    });

    it('says by whom it was decided before', async () => {
      const id = await askedBy(world.ben);
      expect((await by(world.ana, 'reject', id, '--reason', 'not on a Friday')).exit).toBe(0);
      const late = await by(world.eve, 'approve', id, '--yes');
      expect([late.exit, lastLine(late)]).toEqual([7, `next: rotor describe approval ${id}`]);
      expect(late.stderr).toContain('not on a Friday');
    });

    it('leaves the start to the schedule where the schedule has asked, and waits for it only if told to', async () => {
      const at = world.api.clock.now();
      const { id } = await world.api.journal.approvals.ask({
        rotation: 'checkout',
        trigger: 'schedule',
        by: { id: 'schedule', name: 'schedule' },
        reason: 'due',
        expiresAt: at + HOUR,
      });
      const waiting = await by(world.ana, 'approve', id, '--yes', '--wait', '--timeout', '300ms');
      expect([waiting.exit, lastLine(waiting)]).toEqual([8, `next: rotor describe approval ${id}`]);
      const again = await by(world.ana, 'approve', id, '--yes');
      expect(again).toMatchObject({
        exit: 0,
        stdout: expect.stringMatching(/\nState +granted\nAsked +\S+ by schedule: due\nUntil +\S+Z\nDecided /),
        stderr: 'the schedule starts it within its rules; see when with: rotor plan checkout\n',
      });
      expect(await world.runs()).toEqual([]);
    });

    it('leads to the list where there is no such approval', async () => {
      const said = await by(world.ana, 'approve', 'apr_nope', '--yes');
      expect([said.exit, lastLine(said)]).toEqual([2, 'next: rotor get approvals']);
    });
  });

  it('reject says why, ends the request, and takes back what one has asked for oneself', async () => {
    const id = await askedBy(world.ben);
    expect((await by(world.ana, 'reject', id)).exit).toBe(2);
    const taken = await by(world.ben, 'reject', id, '--reason', 'not needed any more');
    expect(taken).toMatchObject({
      exit: 0,
      stderr: expect.stringMatching(
        new RegExp(`^${id} was rejected by the API token ben .*: not needed any more\n`),
      ),
    });
    expect(await askedBy(world.ben)).not.toBe(id);
  });

  it('get and describe show what waits, what did so, and who has decided', async () => {
    const docs = await askedBy(world.ben, 'docs');
    await by(world.ana, 'reject', docs, '--reason', 'freeze');
    const checkout = await askedBy(world.ben);
    const { stdout } = await by(world.ana, 'get', 'approvals');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^APPROVAL +ROTATION +STATE +AGE +ENDS$/);
    expect(rows).toHaveLength(2);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 3))).toEqual(
      expect.arrayContaining([
        [checkout, 'checkout', 'pending'],
        [docs, 'docs', 'rejected'],
      ]),
    );
    expect((await by(world.ana, 'get', 'approvals', '-l', 'env=staging', '-o', 'name')).stdout).toBe(
      `${docs}\n`,
    );
    expect((await by(world.ana, 'get', 'approvals', '--state', 'pending', '-o', 'name')).stdout).toBe(
      `${checkout}\n`,
    );
    expect((await by(world.ana, 'get', 'approvals', '--rotation', 'docs', '-o', 'jsonl')).stdout).toContain(
      '"freeze"',
    );
    expect((await by(world.ana, 'get', 'approvals', '--rotation', 'nope')).exit).toBe(2);
    expect((await by(world.ana, 'get', 'approval', docs, '-o', 'wide')).stdout).toMatch(
      / rejected .* seen in a ticket\n$/,
    );
    const described = await by(world.ana, 'describe', 'approval', checkout);
    expect(described.stdout).toMatch(/^Approval +apr_\w+\nRotation +checkout\nState +pending\n/);
    expect(lastLine(described)).toBe(`next: rotor approve ${checkout} · rotor reject ${checkout} --reason …`);
    const over = await by(world.ana, 'describe', 'approval', docs);
    expect([over.stdout, over.stderr]).toEqual([expect.stringMatching(/\nComment +freeze\n/), '']);
  });

  it('status and describe of the rotation say what it waits for', async () => {
    expect((await by(world.ben, 'describe', 'rotation', 'checkout')).stdout).toMatch(
      /\nApproval +each new token needs one\n/,
    );
    const id = await askedBy(world.ben);
    const all = await by(world.ben, 'status');
    expect(all.stdout).toMatch(/\ncheckout .* on approval +–\n/);
    const remark = `checkout waits for approval ${id}\n  next: rotor describe approval ${id} · rotor approve ${id}\n`;
    expect(all.stdout).toContain(`\n\n${remark}`);
    expect((await by(world.ben, 'status', 'checkout')).stdout).toContain(remark);
    expect((await by(world.ben, 'status', 'checkout', '--check')).stdout).toBe(
      `ROTOR OK - checkout is new: waits for approval ${id}\n`,
    );
    expect((await by(world.ben, 'plan', 'checkout')).stdout).toContain(
      `\n  waits for approval ${id}; next: rotor describe approval ${id} · rotor approve ${id}\n  no start before that\n`,
    );
    expect((await by(world.ben, 'describe', 'rotation', 'checkout')).stdout).toMatch(
      new RegExp(`\nNext start +on approval\nApproval +waits for approval ${id}; next: rotor describe .*\n`),
    );
  });

  it('status, plan and describe say when the schedule asks again, and until when it may start', async () => {
    const asked = async (): Promise<string> => {
      const schedule = { id: 'schedule', name: 'schedule' };
      const expiresAt = world.api.clock.now() + HOUR;
      const wanted = { rotation: 'checkout', trigger: 'schedule', reason: 'due', expiresAt } as const;
      return (await world.api.journal.approvals.ask({ ...wanted, by: schedule })).id;
    };
    await by(world.ana, 'reject', await asked(), '--reason', 'freeze');
    const again = / was not allowed, and the schedule asks again from \S+Z on\n {2}next: rotor get approvals/;
    expect((await by(world.ben, 'status')).stdout).toMatch(again);
    expect((await by(world.ben, 'status', 'checkout')).stdout).toMatch(again);
    for (const command of [['plan'], ['describe', 'rotation']])
      expect((await by(world.ben, ...command, 'checkout')).stdout).toContain(
        'was not allowed, and the schedule asks again from ',
      );
    const id = await asked();
    await by(world.ana, 'approve', id, '--yes');
    expect((await by(world.ben, 'status')).stdout).toMatch(
      new RegExp(`checkout is allowed by ${id} until \\S+Z\n {2}next: rotor plan checkout\n`),
    );
  });

  it('events tell of them, a line each', async () => {
    const id = await askedBy(world.ben);
    await by(world.ana, 'approve', id, '--yes');
    const { stdout } = await by(world.ben, 'events', '--since', '2026-11-01T00:00:00Z');
    expect(stdout).toMatch(
      new RegExp(`checkout  approval ${id} requested by the API token ben .*: seen in a ticket\n`),
    );
    expect(stdout).toMatch(new RegExp(`checkout  approval ${id} granted by the API token ana [^:]*\n`));
  });

  it('a shell completes the ids of those that can be decided on', async () => {
    const docs = await askedBy(world.ben, 'docs');
    await by(world.ana, 'reject', docs, '--reason', 'freeze');
    const checkout = await askedBy(world.ben);
    const offered = async (...words: string[]) =>
      (await rotor(['complete', '--', ...words, ''], world.ana)).stdout;
    expect(await offered('approve')).toContain(checkout);
    expect(await offered('reject')).not.toContain(docs);
    expect(await offered('reject')).toContain(checkout);
    for (const id of [checkout, docs]) expect(await offered('describe', 'approval')).toContain(id);
  });
});
