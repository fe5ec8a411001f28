import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAuthority } from '../../src/sandbox/certificates.js';
import { EVERYTHING } from '../../src/sandbox/kubernetes/index.js';
import { errorOf, everythingIn, newToken } from '../contracts/target.contract.js';
import { never } from '../fakes/never.js';
import { workload } from '../kubernetes/objects.js';
import { KubernetesWorld, type Over } from './kubernetes-world.js';

describe('how a kubernetes target reaches its cluster', () => {
  let world: KubernetesWorld;

  beforeEach(async () => {
    world = await KubernetesWorld.open();
    world.kube.add('deployments', 'shop', workload('Deployment', 'web'));
  });
  afterEach(async () => world.close());

  const deliver = async (over: Over = {}): Promise<void> =>
    world.targetOfKubeconfig(over).deliver(newToken(), never());
  const refusal = async (over: Over = {}) => errorOf(world.targetOfKubeconfig(over).preflight(never()));
  const requests = () => world.kube.ledger.of('kubernetes.request');

  /** A command that prints a credential, and counts how often it was run. */
  const command = async (token: string): Promise<{ file: string; runs: () => Promise<number> }> => {
    const [file, log] = [join(world.folder, 'credential'), join(world.folder, 'runs')];
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token },
    };
    await writeFile(
      file,
      `#!/bin/sh\necho run >> '${log}'\ncat <<'END'\n${JSON.stringify(credential)}\nEND\n`,
    );
    await chmod(file, 0o700);
    return { file, runs: async () => (await readFile(log, 'utf8')).trim().split('\n').length };
  };
  const exec = (file: string): object => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: file, interactiveMode: 'Never' },
  });

  it('runs the command that the kubeconfig names, once for many requests', async () => {
    const { file, runs } = await command(world.kube.login('from a command', EVERYTHING));
    await world.loginAs(exec(file));
    const target = world.targetOfKubeconfig();
    await target.deliver(newToken(), never());
    await target.deliver(newToken(), never());
    expect(requests().length).toBeGreaterThan(3);
    expect(await runs()).toBe(1);
  });

  it('gets another credential where the API server no longer knows the one before', async () => {
    const [old, fresh] = [world.kube.login('old', EVERYTHING), world.kube.login('fresh', EVERYTHING)];
    await world.loginAs(exec((await command(old)).file));
    const target = world.targetOfKubeconfig();
    await target.deliver(newToken(), never());
    world.kube.revoke(old);
    await command(fresh);
    await target.deliver(newToken(), never());
    expect(requests().at(-1)).toMatchObject({ user: 'fresh', status: 200 });
  });

  it('runs the command once where many requests are refused at the same time', async () => {
    const [old, fresh] = [world.kube.login('old', EVERYTHING), world.kube.login('fresh', EVERYTHING)];
    const { file, runs } = await command(old);
    await world.loginAs(exec(file));
    const targets = Array.from({ length: 8 }, () => world.targetOfKubeconfig());
    const look = async () => Promise.all(targets.map(async (target) => target.preflight(never())));
    await look();
    expect(await runs()).toBe(1);
    world.kube.revoke(old);
    await command(fresh);
    await look();
    expect(await runs()).toBe(2);
  });

  it('tells of a command that gives no credential, without what it printed', async () => {
    const file = join(world.folder, 'credential');
    const printed = newToken().reveal();
    await writeFile(file, `#!/bin/sh\necho ${printed} >&2\nexit 1\n`, { mode: 0o700 });
    await world.loginAs(exec(file));
    const error = await refusal();
    expect(error.message).toContain('context shop-eu: no credential could be had');
    expect(everythingIn(error)).not.toContain(printed);
  });

  it('reads the token from a file, as in a pod, and a kubeconfig that has changed', async () => {
    const tokenFile = join(world.folder, 'token');
    await writeFile(tokenFile, `${world.kube.login('from a file', EVERYTHING)}\n`);
    await world.loginAs({ 'auth-provider': { name: 'tokenFile', config: { tokenFile } } });
    const target = world.targetOfKubeconfig();
    await target.deliver(newToken(), never());
    expect(requests().at(-1)).toMatchObject({ user: 'from a file' });
    await world.loginAs({ token: world.kube.login('another', EVERYTHING) });
    await target.deliver(newToken(), never());
    expect(requests().at(-1)).toMatchObject({ user: 'another' });
  });

  it('is refused where the API server does not know it', async () => {
    await world.loginAs({ token: 'nobody' });
    const error = await refusal();
    expect(error).toMatchObject({ code: 'target_refused', hint: expect.stringContaining('renew it') });
    expect(error.message).toContain('401 Unauthorized');
  });

  it.each([
    ['plain http', { server: 'http://127.0.0.1:1' }, 'its server is not an https address'],
    ['insecure-skip-tls-verify', { 'insecure-skip-tls-verify': true }, 'says insecure-skip-tls-verify'],
    ['a SOCKS proxy', { 'proxy-url': 'socks5://127.0.0.1:1' }, 'goes through a SOCKS proxy'],
  ])('refuses %s before anything is sent', async (_, cluster, sentence) => {
    await world.loginAs({ token: world.kube.login('rotor', EVERYTHING) }, cluster);
    const error = await refusal();
    expect(error).toMatchObject({ code: 'target_refused', retryable: false });
    expect(error.message).toContain(sentence);
    expect(await errorOf(deliver())).toMatchObject({ code: 'target_failed', retryable: false });
    expect(requests()).toEqual([]);
  });

  it('trusts the authority of the cluster and no other', async () => {
    const { caPem } = await createAuthority('another cluster');
    await world.loginAs(
      { token: world.kube.login('rotor', EVERYTHING) },
      { 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
    );
    expect((await refusal()).message).toContain('its certificate was not trusted');
    expect(requests()).toEqual([]);
  });

  it('goes through the proxy of its context', async () => {
    const asked: string[] = [];
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        asked.push(String(data).split('\r\n')[0] ?? '');
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const user = { token: world.kube.login('rotor', EVERYTHING) };
    await world.loginAs(user, { 'proxy-url': `http://127.0.0.1:${port}` });
    expect(await refusal()).toMatchObject({ retryable: true });
    expect(asked[0]).toMatch(/^CONNECT 127\.0\.0\.1:\d+ HTTP/);
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('names a kubeconfig that is not there, that is none, and a context that it has not', async () => {
    expect((await refusal({ context: 'absent' })).message).toContain('has no context absent');
    expect((await refusal({ context: 'absent' })).hint).toBe('Its contexts are: shop-eu.');
    const broken = newToken().reveal();
    await writeFile(world.kubeconfig, `users: [{ token: ${broken}\n`);
    const error = await refusal();
    expect(error.message).toContain('cannot be read (it is no kubeconfig)');
    expect(everythingIn(error)).not.toContain(broken);
    await rm(world.kubeconfig);
    expect((await refusal()).message).toContain('cannot be read (ENOENT)');
  });

  it('may be tried again where nobody answers', async () => {
    await world.kube.close();
    expect(await errorOf(deliver())).toMatchObject({ code: 'target_failed', retryable: true });
  });
});

describe('a Rotor without a kubernetes target', () => {
  it('does not load the client of Kubernetes', async () => {
    const built = (path: string): string => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url));
    const program = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name.startsWith('@kubernetes/')) console.log('loaded');
        return next(name, context);
      } });
      await import(${built('wiring/index.js')});
      console.log('wired');
      const { openKubeconfig } = await import(${built('targets/kubernetes/kubeconfig.js')});
      await openKubeconfig({ kubeconfig: '/absent' }).catch(() => undefined);
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
    ]);
    expect(stdout).toBe('wired\nloaded\n');
  });
});
