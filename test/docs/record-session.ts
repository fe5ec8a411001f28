import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { startWorld, type DemoWorld } from '../../src/demo/world.js';
import { REGION } from '../../src/demo/config.js';
import { TOKEN_FILE } from '../../src/triggers/api-token.js';
import { commandsOf, Names, withTold, type Told } from './session.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The agents are processes of their own, which no loader of TypeScript helps. */
const PROGRAMS = join(ROOT, 'dist', 'sandbox', 'agents');

/** One shell for all commands, so that each finds what those before it have left. */
class Shell {
  readonly #child;
  readonly #lines;

  constructor(folder: string, env: Readonly<Record<string, string | undefined>>) {
    this.#child = spawn('bash', ['--noprofile', '--norc'], {
      cwd: folder,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async run(command: string): Promise<string> {
    const end = randomUUID();
    this.#child.stdin.write(`{ ${command}\n} </dev/null 2>&1; printf '\\n%s\\n' ${end}\n`);
    const said: string[] = [];
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`the shell has ended in: ${command}`);
      if (value === end) return said.length === 0 ? '' : `${said.join('\n').trimEnd()}\n`;
      said.push(value);
    }
  }

  end(): void {
    this.#child.stdin.end();
  }
}

/** Everything that a reader of the page would have: `rotor` on the path, the address, the token in a file. */
async function shellIn({ folder, sandbox, daemon, keys, deployment }: DemoWorld): Promise<Shell> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'rotor'), `#!/bin/sh\nexec '${process.execPath}' '${ROOT}bin/rotor.js' "$@"\n`);
  await chmod(join(bin, 'rotor'), 0o755);
  const token = await readFile(join(folder, 'state', TOKEN_FILE), 'utf8');
  await writeFile(join(folder, 'auth'), `authorization: Bearer ${token.trim()}\n`, { mode: 0o600 });
  const { address } = await daemon.client();
  return new Shell(folder, {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    ROTOR: address,
    ROTOR_ADDR: address,
    EC_API_KEY: sandbox.cloud.apiKey,
    KIBANA_API_KEY: deployment.kibana.credentials.apiKey,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: REGION,
  });
}

type Recorded = {
  readonly page: string;
  /** What its reader has done before. */
  readonly prepare?: (world: DemoWorld) => Promise<void>;
};

const RECORDED: readonly Recorded[] = [
  { page: 'api.md' },
  { page: 'approvals.md', prepare: async (world) => requireApproval(world) },
];

/** Two people besides the owner, and a config by which one of them needs the other. */
async function requireApproval({ folder, daemon }: DemoWorld): Promise<void> {
  const file = join(folder, 'rotor.yaml');
  const config = parse(await readFile(file, 'utf8')) as { rotations: object[] };
  const rotations = config.rotations.map((one) => ({ ...one, approval: { required: true } }));
  await writeFile(file, stringify({ ...config, rotations }));
  const client = await daemon.client();
  await client.reloadConfig();
  for (const [name, may] of [
    ['ben', 'rotate'],
    ['ana', 'approve'],
  ] as const) {
    const { token } = await client.createToken({ name, grants: ['read', may] });
    await writeFile(join(folder, name), token, { mode: 0o600 });
  }
}

async function record({ page: name, prepare }: Recorded): Promise<void> {
  const file = join(ROOT, 'docs', name);
  const page = await readFile(file, 'utf8');
  const world = await startWorld({ seed: 1, real: 0, simulated: 3, programs: PROGRAMS, logLevel: 'info' });
  try {
    await prepare?.(world);
    await writeFile(file, await toldIn(world, page));
  } finally {
    await world.close(false);
  }
}

async function toldIn(world: DemoWorld, page: string): Promise<string> {
  const shell = await shellIn(world);
  const { address } = await world.daemon.client();
  const names = new Names({
    [address]: 'http://127.0.0.1:8080',
    [world.deployment.apmUrl]: 'https://checkout.apm.example.com',
    [new URL(world.deployment.apmUrl).host]: 'checkout.apm.example.com',
    [world.folder]: '/etc/rotor',
  });
  const told: Told[] = [];
  for (const command of commandsOf(page)) {
    const output = await shell.run(names.real(command));
    names.meet(output);
    told.push({ command, output });
    process.stdout.write(`$ ${command}\n${output}`);
  }
  shell.end();
  return withTold(page, names.shown(told));
}

// `npm run session -- approvals.md`: that page alone.
const asked = process.argv.slice(2);
for (const recorded of RECORDED)
  if (asked.length === 0 || asked.includes(recorded.page)) await record(recorded);
