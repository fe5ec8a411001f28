import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Secret } from '../../src/rotation/secret.js';
import type { FileTargetConfig } from '../../src/targets/file/config.js';
import { createTarget } from '../../src/targets/index.js';
import type { Target } from '../../src/targets/target.js';
import { newToken, type TargetHarness } from '../contracts/target.contract.js';
import { until } from '../fakes/until.js';
import { fixtureOf } from './forms/form-suite.js';

const KILLS = 8;
const INSTANCES = 3;

/** A file target in a folder of its own, whose two commands are scripts that a test rewrites. */
export class FileWorld {
  readonly path: string;
  private constructor(readonly folder: string) {
    this.path = join(folder, 'app', 'token');
  }

  static async create(): Promise<FileWorld> {
    const world = new FileWorld(await mkdtemp(join(tmpdir(), 'rotor-file-')));
    await mkdir(join(world.folder, 'app'));
    await world.script('reload', 'exit 0');
    await world.script('check', `cat "${world.in('running')}"`);
    await writeFile(world.in('running'), Array(INSTANCES).fill(newToken().fingerprint).join('\n'));
    return world;
  }

  in(name: string): string {
    return join(this.folder, name);
  }

  async script(name: 'reload' | 'check', body: string): Promise<void> {
    await writeFile(this.in(`${name}.sh`), `#!/bin/sh\n${body}\n`);
    await chmod(this.in(`${name}.sh`), 0o700);
  }

  config(over: Partial<FileTargetConfig> = {}): FileTargetConfig {
    return {
      type: 'file',
      name: 'checkout',
      path: this.path,
      mode: '0640',
      reload: [this.in('reload.sh')],
      reloadTimeoutMs: 10_000,
      check: [this.in('check.sh')],
      checkTimeoutMs: 10_000,
      readyTimeoutMs: 10_000,
      ...over,
    };
  }

  prints(text: string): Promise<void> {
    return writeFile(this.in('running'), text);
  }

  target(over: Partial<FileTargetConfig> = {}, environment: NodeJS.ProcessEnv = process.env): Target {
    return createTarget(this.config(over), { environment });
  }

  async held(): Promise<string | undefined> {
    return existsSync(this.path) ? readFile(this.path, 'utf8') : undefined;
  }

  /** Each file with its content, mode, owner and identity: a rewrite with the same content shows too. */
  async files(): Promise<unknown[]> {
    const names = await readdir(this.folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return Promise.all(
      files.toSorted().map(async (file) => {
        const { ino, mode, uid, gid, mtimeMs } = await stat(file);
        return { file, ino, mode, uid, gid, mtimeMs, content: await readFile(file, 'utf8') };
      }),
    );
  }

  /** Replaces a command by one that never ends; the promise tells when it runs. */
  async hang(
    name: 'reload' | 'check',
  ): Promise<{ waiting: () => Promise<void>; processes: () => Promise<number[]> }> {
    const marker = this.in(`${name}.pids`);
    await this.script(name, `sleep 1000 &\necho "$$ $!" > "${marker}"\nwait`);
    const processes = async (): Promise<number[]> =>
      existsSync(marker) ? (await readFile(marker, 'utf8')).trim().split(' ').map(Number) : [];
    const waiting = () => until(`${name} hangs`, async () => (await processes()).length === 2);
    return { waiting, processes };
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A document that holds the token among other things, and how the target is told of it. */
export type DocumentCase = {
  readonly over: Partial<FileTargetConfig>;
  /** A file of forms/fixtures. */
  readonly fixture: string;
};

export async function fileHarness(document?: DocumentCase): Promise<TargetHarness> {
  const world = await FileWorld.create();
  if (document) await writeFile(world.path, fixtureOf(document.fixture, newToken().reveal()));
  const held = async (): Promise<string | undefined> => {
    const text = await world.held();
    return text === undefined || document === undefined ? text : tokenIn(text, document.fixture);
  };
  return {
    target: world.target(document?.over),
    instances: INSTANCES,
    observable: true,
    held,
    world: () => world.files(),
    runWith: (running) => writeFile(world.in('running'), running.join('\n')),
    makeImpossible: () => rm(join(world.folder, 'app'), { recursive: true }),
    breakDelivery: () => world.script('reload', `cat "${world.path}" >&2; exit 3`),
    repair: () => world.script('reload', 'exit 0'),
    hang: (method) => world.hang(method === 'deliver' ? 'reload' : 'check'),
    deliverAndKill: (tokens) => deliverAndKill(world, tokens, held, document?.over),
    close: () => world.close(),
  };
}

/** What stands in the place of the token; everything else has to be there, byte by byte. */
function tokenIn(text: string, fixture: string): string {
  const [head = '', tail = ''] = fixtureOf(fixture, '\0').split('\0');
  if (text.startsWith(head) && text.endsWith(tail)) return text.slice(head.length, text.length - tail.length);
  throw new Error(`${fixture} has changed in more than its token`);
}

const built = (path: string): string => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url));

// The built program, in a process of its own. With tokens: delivers them in turn until it is killed, and tells when
// the first is through. Without: runs the preflight and tells what it refuses with.
const PROGRAM = `
  import { Secret } from ${built('rotation/secret.js')};
  import { createTarget } from ${built('targets/index.js')};
  const { signal } = new AbortController();
  process.once('message', async ({ config, tokens }) => {
    const target = createTarget(config, { environment: process.env });
    if (tokens === undefined) {
      const refusal = await target.preflight(signal).catch((error) => error);
      return process.send(String(refusal?.message));
    }
    for (let turn = 0; ; turn += 1) {
      await target.deliver(new Secret(tokens[turn % tokens.length]), signal);
      if (turn === 0) process.send('delivering');
    }
  });
`;

function startProgram(options: SpawnOptions = {}): ChildProcess {
  const args = ['--input-type=module', '--eval', PROGRAM];
  return spawn(process.execPath, args, { ...options, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** Runs a preflight as another user; the message that it refuses with, or undefined. */
export async function preflightAs(uid: number, config: FileTargetConfig): Promise<unknown> {
  const child = startProgram({ uid, gid: uid, cwd: '/' });
  try {
    child.send({ config });
    const [message] = (await once(child, 'message')) as unknown[];
    return message;
  } finally {
    await killed(child);
  }
}

async function deliverAndKill(
  world: FileWorld,
  tokens: readonly Secret[],
  held: TargetHarness['held'],
  over: Partial<FileTargetConfig> = {},
): Promise<void> {
  const whole = tokens.map((token) => token.reveal());
  const config = world.config({ ...over, reload: undefined, check: undefined });
  // The write itself is the same for every document.
  const kills = over.format === undefined ? KILLS : KILLS / 2;
  for (let kill = 0; kill < kills; kill += 1) {
    const child = startProgram();
    try {
      child.send({ config, tokens: whole });
      await once(child, 'message');
      // Another moment in the write each time.
      for (let reads = 0; reads < 20 + 7 * kill; reads += 1) await expectWhole(held, whole);
    } finally {
      await killed(child);
    }
    await expectWhole(held, whole);
  }
}

async function expectWhole(held: TargetHarness['held'], whole: readonly string[]): Promise<void> {
  const found = await held();
  if (found === undefined || !whole.includes(found))
    throw new Error(`found ${found?.length ?? 'no'} characters`);
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
