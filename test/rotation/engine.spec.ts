import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { always } from '../../src/issuers/issuer.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import type { Clock } from '../../src/rotation/clock.js';
import { systemClock } from '../../src/rotation/clock.js';
import { Engine } from '../../src/rotation/engine.js';
import { RotorError } from '../../src/rotation/errors.js';
import type { Ports } from '../../src/rotation/ports.js';
import type { Run } from '../../src/rotation/run.js';
import { stallOf } from '../../src/rotation/run.js';
import { aRun } from '../contracts/journal.contract.js';
import { FakeSettableIssuer } from '../fakes/fake-issuer.js';
import { FakeStore } from '../fakes/fake-store.js';
import { FakeTarget } from '../fakes/fake-target.js';
import { FakeProber } from './harness.js';

const LONG_MS = 20_000;
const never = new AbortController().signal;
const policy = {
  ...aRun().policy,
  acceptDeadlineMs: LONG_MS,
  quietPeriodMs: LONG_MS,
  prepareDeadlineMs: LONG_MS,
};

const silent = (): void => undefined;

describe('the engine', () => {
  let journal: KyselyJournal;
  let engines: Engine[];
  const crashes: string[] = [];

  beforeEach(async () => {
    journal = await KyselyJournal.open(openSqlite(':memory:', systemClock), systemClock);
    engines = [];
    crashes.length = 0;
  });

  afterEach(async () => {
    for (const engine of engines) await engine.stop();
    await journal.close();
  });

  const anIssuer = () => new FakeSettableIssuer({ rollout: 'at_once' });
  const portsOf = (issuer: FakeSettableIssuer): Ports => {
    const target = new FakeTarget({ name: 'web', instancesFollow: true });
    return {
      issuers: always(issuer),
      store: new FakeStore(issuer.inForce.reveal()),
      targets: [{ name: 'web', target, readyTimeoutMs: LONG_MS }],
      prober: new FakeProber(issuer),
    };
  };
  const ports = (): Ports => portsOf(anIssuer());
  let onCrash: (message: string) => void = () => undefined;
  const start = (portsFor: (run: Run) => Ports, clock: Clock = systemClock, random = () => 0): Engine => {
    const crashed = (_id: string, error: Error) => {
      crashes.push(error.message);
      onCrash(error.message);
    };
    const [troubled, credentialExpires, started, takenOver] = [silent, silent, silent, silent];
    const observer = { troubled, credentialExpires, started, takenOver, crashed };
    const engine = new Engine({ journal, clock, random, portsFor, observer });
    engines.push(engine);
    engine.start();
    return engine;
  };
  const open = async (name = 'checkout') => journal.open(aRun({ rotation: name, storeKey: name, policy }));
  const until = async (id: string, isSo: (run: Run) => boolean): Promise<Run> => {
    for (;;) {
      const seq = (await journal.entries(id)).length;
      const run = await journal.find(id);
      if (run && isSo(run)) return run;
      await journal.waitForChange(id, seq, LONG_MS, never);
    }
  };
  const ended = async (id: string): Promise<Run> => until(id, ({ state }) => state.state === 'ended');

  it('works on a run as soon as it is opened', async () => {
    start(ports);
    expect((await ended((await open()).id)).state).toMatchObject({ outcome: 'succeeded' });
  });

  it('takes up a run that was opened before it started', async () => {
    const run = await open();
    start(ports);
    expect((await ended(run.id)).state).toMatchObject({ outcome: 'succeeded' });
  });

  it('works on several runs at once, and one that cannot be built stops no other', async () => {
    const broken = await open('broken');
    const whole = await open('whole');
    start((run) => {
      if (run.rotation === 'broken') throw new Error('its spec is of another age');
      return ports();
    });
    expect((await ended(whole.id)).state).toMatchObject({ outcome: 'succeeded' });
    const detail: unknown = expect.stringContaining('another age');
    expect((await ended(broken.id)).state).toMatchObject({ outcome: 'failed', reason: 'refused', detail });
    expect(crashes.join()).toContain('another age');
  });

  it('hears a wait that fails while it rests after a failed claim: unheard, it would end the process', async () => {
    const away = async (): Promise<never> => Promise.reject(new Error('the journal is away'));
    let isHeard = false;
    const listened = (): Promise<never> => {
      const wait = away();
      const then = wait.then.bind(wait);
      const heard: typeof then = async (...handlers) => {
        isHeard = true;
        return then(...handlers);
      };
      Reflect.set(wait, 'then', heard);
      return wait;
    };
    Object.assign(journal, { claim: away, waitForWork: listened });
    const rests: boolean[] = [];
    const sleep: Clock['sleep'] = async () => {
      rests.push(isHeard);
      for (const gone of ['claim', 'waitForWork']) Reflect.deleteProperty(journal, gone);
    };
    const run = await open();
    start(ports, { ...systemClock, sleep });
    expect((await ended(run.id)).state).toMatchObject({ outcome: 'succeeded' });
    expect(crashes).toEqual(['the journal is away']);
    expect(rests[0]).toBe(true);
  });

  it('looks less and less often while the journal takes no entry, and afresh once it has taken one', async () => {
    const made = ports();
    const run = await open();
    const rests: number[] = [];
    const append = journal.append.bind(journal);
    const full = async (): Promise<never> =>
      Promise.reject(new RotorError('journal_unavailable', 'the disk is full'));
    journal.append = full;
    const sleep: Clock['sleep'] = async (ms) => {
      rests.push(ms);
      if (rests.length === 6) journal.append = async (...call) => append(...call).finally(fillAgain);
      if (rests.length === 8) journal.append = append;
    };
    const fillAgain = (): void => void (journal.append = full);
    start(
      () => made,
      { ...systemClock, sleep },
      () => 0.999,
    );
    await ended(run.id);
    const seconds = rests.slice(0, 8).map((ms) => Math.round(ms / 1_000));
    expect(seconds).toEqual([4, 8, 16, 30, 30, 30, 4, 8]);
  });

  it('gives its runs back when it stops, so that the next one need not wait for the lease', async () => {
    const made = ports();
    const held = new Promise<void>((resolve) => {
      const heads = made.store.heads.bind(made.store);
      made.store.heads = async (signal) => {
        resolve();
        await new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('stopped'))),
        );
        return heads(signal);
      };
    });
    const first = start(() => made);
    const run = await open();
    await held;
    await first.stop();
    start(ports);
    expect((await ended(run.id)).state).toMatchObject({ outcome: 'succeeded' });
  });

  it('starts no effect under a lease that is older than seven seconds', async () => {
    let ahead = 0;
    const drifting: Clock = { ...systemClock, monotonic: () => performance.now() + ahead };
    const issuer = anIssuer();
    const made = portsOf(issuer);
    const staged: string[] = [];
    const stage = made.store.stage.bind(made.store);
    made.store.stage = async (...call) => {
      staged.push(call[0]);
      return stage(...call);
    };
    const inspect = issuer.inspect.bind(issuer);
    issuer.inspect = async (...call) => {
      // The process was frozen here: its lease is old, and it does not know.
      ahead += 8_000;
      return inspect(...call);
    };
    const refused = new Promise<string>((resolve) => {
      onCrash = resolve;
    });
    start(() => made, drifting);
    await open();
    expect(await refused).toContain('too old to start an effect');
    expect(staged).toEqual([]);
  });

  /** Its token was saved, and from then on the key may not read what became of it. */
  const deniedAfterTheSave = () => {
    const issuer = new FakeSettableIssuer({ rollout: 'by_hand' });
    const made = portsOf(issuer);
    const set = issuer.set.bind(issuer);
    issuer.set = async (...call) => {
      await set(...call);
      issuer.unavailable = new RotorError('upstream_forbidden', 'the key may not read this');
    };
    return { issuer, made };
  };
  const retry = { what: 'retry', reason: 'the key is back' } as const;

  it('hears what a person asks in the middle of a look, before the run rests for a minute', async () => {
    const { issuer, made } = deniedAfterTheSave();
    const run = await open();
    const first = start(() => made);
    await until(run.id, ({ state }) => stallOf(state) !== undefined);
    await first.stop();

    const inspect = issuer.inspect.bind(issuer);
    let looks = 0;
    issuer.inspect = async (...call) => {
      looks += 1;
      if (looks === 1) await journal.ask(run.id, retry, () => undefined);
      else {
        issuer.unavailable = undefined;
        issuer.apply();
      }
      return inspect(...call);
    };
    start(() => made);
    expect((await ended(run.id)).state).toMatchObject({ outcome: 'succeeded' });
  });

  const gone = new RotorError('config_invalid', 'the CA file is gone');
  const unbuildable = (): Ports => {
    throw gone;
  };

  it('answers a person also where the ports cannot be built, and ends what has sent nothing', async () => {
    const run = await open();
    await journal.ask(run.id, retry, () => undefined);
    start(unbuildable);
    expect(await ended(run.id)).toMatchObject({ state: { reason: 'refused', code: 'config_invalid' } });
  });

  it('goes on to say that a run is stalled, where the ports cannot be built for what a person asks', async () => {
    const { made } = deniedAfterTheSave();
    const run = await open();
    const first = start(() => made);
    await until(run.id, ({ state }) => stallOf(state) !== undefined);
    await first.stop();
    await journal.ask(run.id, retry, () => undefined);
    start(unbuildable);
    const answered = await until(run.id, ({ asked }) => asked === undefined);
    expect(stallOf(answered.state)).toMatchObject({ reason: 'config_invalid' });
    const notes = (await journal.entries(run.id)).map(({ note }) => note);
    expect(notes.at(-1)).toBe('what a person asked was not done: the CA file is gone');
  });
});
