import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Run, RunState } from '../../src/rotation/run.js';
import { Asking } from '../../src/triggers/asking.js';
import { Rotations } from '../../src/triggers/rotations.js';
import { NO_LIMITS, policy } from '../rotation/schedule/policies.js';
import { aRun } from '../contracts/journal.contract.js';
import { VirtualClock } from '../fakes/virtual-clock.js';
import { NEW, OLD } from '../rotation/sights.js';

describe('a run that a person asks to try again', () => {
  let journal: KyselyJournal;
  let asking: Asking;

  beforeEach(async () => {
    const clock = new VirtualClock();
    journal = await KyselyJournal.open(openSqlite(':memory:', clock), clock);
    const { rotation: name, mode: _m, trigger: _t, ...template } = aRun();
    const declared = {
      name,
      labels: {},
      due: policy(),
      upstream: 'cloud',
      targets: [],
      basis: null,
      template,
    };
    asking = new Asking(journal, new Rotations([declared], journal, clock, NO_LIMITS));
  });
  afterEach(async () => journal.close());

  async function runThat(state: RunState, over: Partial<Parameters<typeof aRun>[0]> = {}): Promise<Run> {
    const { id } = await journal.open(aRun(over));
    const claim = await journal.claim();
    if (!claim) throw new Error('nothing was claimed');
    if (state.state === 'ended' && state.current)
      await journal.append(claim, { state: { state: 'settled', current: NEW, oldStillAccepted: false } });
    await journal.append(claim, { state });
    const run = await journal.find(id);
    if (!run) throw new Error('no run');
    return run;
  }

  const said = (reason: string) => ({ reason, by: 'the owner', assertEmergency: async () => undefined });

  it('is followed by another one of its kind where it has failed', async () => {
    const failed = await runThat(
      { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' },
      { mode: 'adopt' },
    );
    const again = await asking.retry(failed.id, said('the key is back'));
    expect(again).toMatchObject({
      mode: 'adopt',
      trigger: { reason: `again after ${failed.id}: the key is back` },
    });
    expect(again.id).not.toBe(failed.id);
  });

  describe('which was an emergency', () => {
    const emergency = ['the pause (a freeze)'];
    const failed = async (): Promise<Run> => {
      const run = await runThat(
        { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' },
        { trigger: { kind: 'api', reason: 'leaked', emergency } },
      );
      await journal.act({ what: 'pause', rotation: run.rotation, reason: 'a freeze', by: 'ada' });
      return run;
    };

    it('is followed by another emergency, which no pause stops', async () => {
      const { id } = await failed();
      const again = await asking.retry(id, said('the key is back'));
      expect(again).toMatchObject({
        mode: 'rotate',
        trigger: {
          reason: `again after ${id}: the key is back`,
          emergency: [expect.stringContaining('a freeze')],
        },
      });
    });

    it('is followed by nothing where whoever asks may start no emergency', async () => {
      const { id } = await failed();
      const refused = asking.retry(id, {
        ...said('the key is back'),
        assertEmergency: async (rotation) => {
          throw new RotorError('scope_missing', `no emergency of ${rotation}`);
        },
      });
      await expect(refused).rejects.toMatchObject({
        code: 'scope_missing',
        message: 'no emergency of checkout',
      });
      expect(await journal.list({ limit: 10 })).toHaveLength(1);
    });

    it('is followed by a delivery as any other where only targets are behind', async () => {
      const partial = await runThat(
        {
          state: 'ended',
          outcome: 'partial',
          reason: 'targets_failed',
          detail: 'edge is behind',
          current: NEW,
        },
        { trigger: { kind: 'api', reason: 'leaked', emergency } },
      );
      const again = await asking.retry(partial.id, said('edge is back'));
      expect(again.mode).toBe('adopt');
      expect(again.trigger).not.toHaveProperty('emergency');
    });
  });

  it('is followed by a delivery of the same token where only targets are behind', async () => {
    const partial = await runThat({
      state: 'ended',
      outcome: 'partial',
      reason: 'targets_failed',
      detail: 'edge is behind',
      current: NEW,
      previous: OLD,
    });
    expect(await asking.retry(partial.id, said('edge is back'))).toMatchObject({ mode: 'adopt' });
  });

  it('is bound by its plan where the token is still to be replaced, and no more once it has been', async () => {
    const planned = { resource: 'r1', fingerprint: OLD.fingerprint };
    const partial = await runThat(
      {
        state: 'ended',
        outcome: 'partial',
        reason: 'targets_failed',
        detail: 'edge is behind',
        current: NEW,
      },
      { planned },
    );
    const again = await asking.retry(partial.id, said('edge is back'));
    expect(again).toMatchObject({ mode: 'adopt' });
    expect(again.planned).toBeUndefined();
    const claim = await journal.claim();
    if (!claim) throw new Error('nothing was claimed');
    await journal.append(claim, {
      state: { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' },
    });

    const failed = await runThat(
      { state: 'ended', outcome: 'failed', reason: 'refused', detail: 'no' },
      { planned },
    );
    expect(await asking.retry(failed.id, said('the key is back'))).toMatchObject({ mode: 'rotate', planned });
  });

  it('stays as it is where it has succeeded, and says why', async () => {
    const done = await runThat({ state: 'ended', outcome: 'succeeded', detail: 'all well', current: NEW });
    await expect(asking.retry(done.id, said('once more'))).rejects.toMatchObject({
      code: 'not_possible',
      message: `${done.id} has succeeded: there is nothing to try again`,
      hint: expect.stringContaining('rotor rotate checkout'),
    });
    expect(await journal.list({ limit: 10 })).toHaveLength(1);
  });

  it('is asked itself while it goes on', async () => {
    const { id } = await journal.open(aRun());
    expect(await asking.retry(id, said('now'))).toMatchObject({
      id,
      asked: { what: 'retry', reason: 'now', by: 'the owner' },
    });
  });

  it('is not asked what it cannot do: the refusal is a sentence, and nothing is noted', async () => {
    const { id } = await journal.open(aRun());
    const refused: unknown = await asking.ask(id, 'rollback', said('now')).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RotorError);
    expect(refused).toMatchObject({ code: 'not_possible', httpStatus: 409, exitCode: 7 });
    expect(await journal.entries(id)).toHaveLength(1);
  });
});
