import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Secret } from '../../src/rotation/secret.js';
import { errorOf } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { until } from '../fakes/until.js';
import { AgentsWorld, PROGRAMS, fileTargetFor, hasRealAgent } from './agents-world.js';

const describeReal = hasRealAgent() ? describe : describe.skip;

describeReal('the real agent', () => {
  let world: AgentsWorld;
  beforeEach(async () => {
    world = await AgentsWorld.start();
  });
  afterEach(() => world.close(), 20_000);

  const supervisor = async (): Promise<number> =>
    Number(await readFile(`${world.folder}/service-1.pid`, 'utf8'));

  it('loses nothing while the token stays, not even by restarts', async () => {
    const fleet = await world.agents({ real: 1 });
    const token = new Secret(world.deployment.currentToken());
    const target = fileTargetFor(fleet.targets[0]);
    for (let restart = 0; restart < 2; restart += 1) {
      const before = childrenOf(await supervisor());
      await target.deliver(token, never());
      await until('the old worker is gone', () => !before.some(isAlive));
      await world.nextIntake(202);
    }
    const { sent } = await fleet.stop();
    expect(sent).toBeGreaterThan(50);
    expect(sent - world.accepted()).toBe(0);
  });

  it('loses what it sends with the old token, until the reload has brought the new one', async () => {
    const fleet = await world.agents({ real: 1 });
    await world.nextIntake(202);
    await world.changeToken();
    await world.nextIntake(401);
    const token = new Secret(world.deployment.currentToken());
    const target = fileTargetFor(fleet.targets[0]);
    await target.preflight(never());
    expect(await target.observe(token.fingerprint, never())).toEqual({ state: 'pending', seen: 0, of: 1 });
    await target.deliver(token, never());
    await until('it runs with the token', async () => {
      return (await target.observe(token.fingerprint, never())).state === 'converged';
    });
    await world.nextIntake(202);
    const { sent } = await fleet.stop();
    expect(sent - world.accepted()).toBeGreaterThan(0);
  });

  it('has its token in no command line, and leaves no process', async () => {
    const fleet = await world.agents({ real: 1 });
    const parent = await supervisor();
    const processes = [parent, ...childrenOf(parent)];
    expect(processes).toHaveLength(2);
    for (const pid of processes) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(world.deployment.currentToken());
    }
    await fleet.stop();
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('is started again when its worker dies, and is not there meanwhile', async () => {
    const fleet = await world.agents({ real: 1 });
    const parent = await supervisor();
    const [worker = 0] = childrenOf(parent);
    const token = new Secret(world.deployment.currentToken());
    const target = fileTargetFor(fleet.targets[0]);
    process.kill(worker, 'SIGKILL');
    const statusOf = (): string => readFileSync(`${world.folder}/service-1.status.json`, 'utf8');
    await until('the supervisor has seen it', () => statusOf().includes('[]'));
    expect((await errorOf(target.observe(token.fingerprint, never()))).message).toContain(
      'no instance is running',
    );
    await until('another worker runs', () => statusOf().includes(token.fingerprint));
    expect(childrenOf(parent)).not.toContain(worker);
  });

  it('goes on with the old token when the reload finds none', async () => {
    const fleet = await world.agents({ real: 1 });
    const [target] = fleet.targets;
    const workers = childrenOf(await supervisor());
    await writeFile(target?.path ?? '', '');
    process.kill(await supervisor(), 'SIGHUP');
    await world.nextIntake(202);
    await world.nextIntake(202);
    expect(childrenOf(await supervisor())).toEqual(workers);
  });

  it('does not start without a token, and says so', async () => {
    await expect(world.agents({ real: 1, simulated: 1, token: '' })).rejects.toThrow(
      /service-1 did not start: .*service-1\.token holds no token/,
    );
  });

  it('ends its worker too when its supervisor is killed', async () => {
    await world.agents({ real: 1 });
    const parent = await supervisor();
    const workers = childrenOf(parent);
    process.kill(parent, 'SIGKILL');
    await until('the worker is gone', () => !workers.some(isAlive));
    expect(workers).toHaveLength(1);
  });

  it('ends by itself when whoever started it is killed', async () => {
    const module = new URL('index.js', `file://${PROGRAMS}`).href;
    const options = {
      apmUrl: world.deployment.apmUrl,
      caPem: world.sandbox.caPem,
      folder: world.folder,
      real: 1,
    };
    const program = `
      import { startAgents } from ${JSON.stringify(module)};
      process.once('message', async (token) => {
        await startAgents({ ...${JSON.stringify(options)}, token });
        process.send('started');
      });
    `;
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const gone = once(starter, 'exit');
    starter.send(world.deployment.currentToken());
    await once(starter, 'message');
    const parent = await supervisor();
    const processes = [parent, ...childrenOf(parent)];
    starter.kill('SIGKILL');
    await gone;
    await until('its processes are gone', () => !processes.some(isAlive));
    expect(processes).toHaveLength(2);
  });
});

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

/** A process that has ended and that nobody has waited for yet is gone too. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  const [, state] = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return state !== 'Z';
}
