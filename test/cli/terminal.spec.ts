import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../fakes/until.js';
import { ApiWorld } from '../triggers/api-world.js';
import { settable } from '../rotation/harness.js';
import { CTRL_C, ENTER, itOnTerminal, SCRIPT, typedInto } from './on-terminal.js';
import { ROTOR } from './rotor-command.js';

const ESCAPE = String.fromCodePoint(27);
const COLOUR = new RegExp(`${ESCAPE}\\[(?:3[0-7]|9[0-7])m`);
const REDRAWN = new RegExp(`${ESCAPE}\\[(?:2K|1A|J|G)`);

describe('rotor watch', () => {
  let world: ApiWorld;
  let env: Record<string, string | undefined>;
  let id: string;
  beforeEach(async () => {
    world = await ApiWorld.open();
    await world.app.listen(0, '127.0.0.1');
    env = {
      PATH: process.env['PATH'],
      TERM: 'xterm-256color',
      ROTOR_ADDR: await world.app.getUrl(),
      ROTOR_TOKEN: world.token,
    };
    // Nobody works on it.
    id = String((await world.ask('POST', '/v1/rotations/checkout/runs')).body['id']);
  });
  afterEach(async () => world.close());

  /** What it has said when it is interrupted, on both of its outputs, and its exit code. */
  async function interrupted(
    [program, ...flags]: readonly [string, ...string[]],
    interrupt: (child: ReturnType<typeof start>) => void,
    more: Record<string, string> = {},
  ) {
    const child = start(program, flags, { ...env, ...more });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      await until('the run is shown', () => said.includes('prepare'));
      interrupt(child);
      const [code] = (await once(child, 'exit')) as [number | null];
      return { code, said };
    } finally {
      child.kill('SIGKILL');
    }
  }
  const inTerminal = async (size: string, more: Record<string, string> = {}) =>
    interrupted(
      [SCRIPT, '-qefc', `stty ${size}; exec ${process.execPath} ${ROTOR} watch ${id}`, '/dev/null'],
      (child) => child.stdin.write(CTRL_C),
      more,
    );

  it('is left by an interrupt, says that the run goes on, and how to watch it again', async () => {
    const { code, said } = await interrupted([process.execPath, ROTOR, 'watch', id], (child) =>
      child.kill('SIGINT'),
    );
    expect(code).toBe(8);
    expect(said).toContain(`detached; the run goes on.\nnext: rotor watch ${id}\n`);
    expect(said).toContain('checkout  prepare running\n');
    expect([COLOUR.test(said), REDRAWN.test(said)]).toEqual([false, false]);
    expect(await world.journal.active()).toEqual(new Set(['checkout']));
  });

  itOnTerminal('draws the run again and again on a terminal, in colour', async () => {
    const { code, said } = await inTerminal('cols 100 rows 40');
    expect(code).toBe(8);
    expect([COLOUR.test(said), REDRAWN.test(said)]).toEqual([true, true]);
    expect(said).toContain('detached; the run goes on.');
  });

  itOnTerminal('has no colour there where NO_COLOR says so', async () => {
    const { said } = await inTerminal('cols 100 rows 40', { NO_COLOR: '1' });
    expect([COLOUR.test(said), REDRAWN.test(said)]).toEqual([false, true]);
  });

  itOnTerminal('says it line by line on one that has no size', async () => {
    const { said } = await inTerminal('cols 0 rows 0');
    expect(said).toContain('checkout  prepare running');
    expect(REDRAWN.test(said)).toBe(false);
  });
});

describe('rotor rotate without a name', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    const upstream = await settable();
    world = await ApiWorld.open({ ports: () => upstream.ports, others: { docs: {} } });
    await world.app.listen(0, '127.0.0.1');
    await world.ask('POST', '/v1/rotations/docs/pause', { reason: 'audit week' });
  });
  afterEach(async () => world.close());

  const guidedBy = async (answers: readonly (readonly [question: string, typed: string])[]) =>
    typedInto('rotate', { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token }, answers);

  itOnTerminal('lets choose, shows the plan, and starts exactly that', async () => {
    const { code, said } = await guidedBy([
      ['Which rotation?', 'check'],
      ['1 match', ENTER],
      ['checkout: ready:', ''],
      ['Why?', `it leaked${ENTER}`],
      ['Rotate checkout now', 'y'],
      ['preparing', CTRL_C],
    ]);
    expect(code).toBe(8);
    expect(said.indexOf('docs')).toBeLessThan(said.indexOf('checkout'));
    const [run] = await world.journal.list({ limit: 10 });
    expect(run).toMatchObject({ rotation: 'checkout', trigger: { reason: 'it leaked' } });
    expect(run?.planned).toBeDefined();
  });

  itOnTerminal('starts nothing for whoever does not agree, or stops', async () => {
    const stopped = await guidedBy([['Which rotation?', CTRL_C]]);
    const refused = await guidedBy([
      ['Which rotation?', `check`],
      ['1 match', ENTER],
      ['Why?', ENTER],
      ['Rotate checkout now', ENTER],
    ]);
    expect([stopped.code, refused.code]).toEqual([130, 7]);
    expect(stopped.said).toContain('stopped; nothing was started');
    expect(refused.said).toContain('nothing was started');
    expect(refused.said).not.toContain('stopped');
    expect(await world.journal.list({ limit: 10 })).toEqual([]);
  });
});

describe('rotor rotate --all', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    world = await ApiWorld.open({ others: { docs: {} } });
    await world.app.listen(0, '127.0.0.1');
  });
  afterEach(async () => world.close());

  itOnTerminal('starts nothing for whoever stops, or types another number', async () => {
    const env = { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token };
    const stopped = await typedInto('rotate --all', env, [['Type their number, 2', CTRL_C]]);
    const mistyped = await typedInto('rotate --all', env, [['Type their number, 2', `3${ENTER}`]]);
    expect([stopped.code, mistyped.code]).toEqual([130, 2]);
    expect(stopped.said).toContain('stopped; nothing was started');
    expect(mistyped.said).toContain('2 was not typed; nothing was started');
    expect(await world.journal.list({ limit: 10 })).toEqual([]);
  });
});

function start(program: string, flags: readonly string[], env: Record<string, string | undefined>) {
  return spawn(program, flags, { env, stdio: ['pipe', 'pipe', 'pipe'] });
}
