import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { rotate } from '../src/demo/demo.js';
import type { DemoWorld } from '../src/demo/world.js';
import { startWorld } from '../src/demo/world.js';
import { SECRET_ID } from '../src/demo/config.js';
import { Secret } from '../src/rotation/secret.js';
import { rotorHere } from './cli/in-process.js';

const PROGRAMS = fileURLToPath(new URL('../dist/sandbox/agents/', import.meta.url));
/** The targets' own files are where the token belongs; `api-token` is where the API token does. */
const OWN_PLACES = /services\/|state\/api-token$/;
const SAMPLE_EVERY_MS = 20;
const LONGEST_MS = 90_000;
type Sink = { readonly name: string; readonly text: string };

/** A token in the forms in which it could leak. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(`"${secret}\n`).slice(3, -3);
  const forms = [
    secret,
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    encodeURIComponent(secret),
    json,
  ];
  // Base64 of something longer that has it inside looks different at each of three offsets.
  for (const padding of ['x', 'xx']) {
    forms.push(
      Buffer.from(padding + secret)
        .toString('base64')
        .slice(4, -4),
    );
  }
  return [...new Set(forms)];
}

function found(sinks: readonly Sink[], secret: string): string[] {
  const forms = formsOf(secret);
  return sinks.filter(({ text }) => forms.some((form) => text.includes(form))).map(({ name }) => name);
}

async function filesUnder(folder: string, skip: RegExp): Promise<Sink[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sinks = [];
  for (const name of files.filter((file) => !skip.test(file)))
    sinks.push({ name, text: await readFile(name, 'latin1') });
  return sinks;
}

/** Arguments of every process that belongs to this world, sampled while it runs. */
async function processArguments(folder: string): Promise<string> {
  const seen = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (line.includes(folder)) seen.push(line);
  }
  return seen.join('\n');
}

async function sampleArguments(folder: string, signal: AbortSignal): Promise<string> {
  const seen = new Set<string>();
  try {
    for await (const _ of setInterval(SAMPLE_EVERY_MS, undefined, { signal }))
      seen.add(await processArguments(folder));
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return [...seen].join('\n');
}

/** All that is in it, with everything that the service can be asked and the doctor. */
async function supportBundle({ folder, keys, sandbox, daemon }: DemoWorld): Promise<string> {
  const file = join(folder, 'bundle.tar.gz');
  const { address } = await daemon.client();
  const { exit } = await rotorHere(['support-bundle', file, '--config', join(folder, 'rotor.yaml')], {
    ROTOR_ADDR: address,
    ROTOR_TOKEN_FILE: join(folder, 'state', 'api-token'),
    EC_API_KEY: sandbox.cloud.apiKey,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  });
  const text = gunzipSync(await readFile(file)).toString('latin1');
  expect({ exit, missing: /\S+\.missing\.txt/.exec(text)?.[0] }).toEqual({ exit: 0, missing: undefined });
  await rm(file);
  return text;
}

describe('no sink of a rotation holds a secret', () => {
  let world: DemoWorld;
  let sinks: Sink[];
  let secrets: Record<string, string>;

  beforeAll(async () => {
    world = await startWorld({ seed: 11, real: 0, simulated: 2, programs: PROGRAMS, logLevel: 'trace' });
    const deployment = world.sandbox.deployment('checkout-prod');
    const before = deployment.currentToken();
    const ended = new AbortController();
    const sampled = sampleArguments(world.folder, ended.signal);
    const { run } = await rotate(world, undefined);
    ended.abort();
    const commandLines = await sampled;
    expect(run.outcome).toBe('succeeded');
    const client = await world.daemon.client();
    const bodies = [await client.run(run.id), await client.rotations()];
    const errors: unknown[] = [];
    await client.start('nope', 'rotate', 'an error').catch((error: unknown) => errors.push(error));
    await client.run('run_nope').catch((error: unknown) => errors.push(error));
    const bundle = await supportBundle(world);
    // The write-ahead log of the journal is there only while the service runs.
    const live = await filesUnder(world.folder, OWN_PLACES);
    await world.daemon.stop();
    const apiToken = await readFile(join(world.folder, 'state', 'api-token'), 'utf8');
    secrets = {
      'old token': before,
      'new token': deployment.currentToken(),
      'cloud key': world.sandbox.cloud.apiKey,
      'AWS key': world.keys.secretAccessKey,
      'API token': apiToken.trim(),
    };
    const files = [...live, ...(await filesUnder(world.folder, OWN_PLACES))];
    sinks = [
      ...files,
      { name: 'support bundle', text: bundle },
      { name: 'API bodies', text: JSON.stringify(bodies) },
      { name: 'errors', text: errors.map((error) => `${String(error)} ${JSON.stringify(error)}`).join() },
      { name: 'process arguments', text: commandLines },
    ];
  }, LONGEST_MS);

  afterAll(async () => world.close(false), LONGEST_MS);

  it('looks at the sinks that matter, and each has something in it', () => {
    for (const part of [
      'rotor.log',
      'journal.db',
      'rotor.yaml',
      'API bodies',
      'support bundle',
      'errors',
      'process arguments',
    ]) {
      const sink = sinks.find(({ name }) => name.includes(part));
      expect({ part, filled: (sink?.text.length ?? 0) > 20 }).toEqual({ part, filled: true });
    }
    const current = new Secret(secrets['new token'] ?? '').fingerprint;
    for (const part of ['rotor.log', 'journal.db', 'API bodies', 'support bundle']) {
      expect(sinks.filter(({ name }) => name.includes(part)).some(({ text }) => text.includes(current))).toBe(
        true,
      );
    }
  });

  it('finds a canary in any sink, in plain, base64, URL-encoded and JSON-escaped form', () => {
    const canary = `can"ary/+${Math.random().toString(36)}\\end of it`;
    for (const sink of sinks) {
      for (const form of formsOf(canary)) {
        const planted = { ...sink, text: `${sink.text.slice(0, 100)}${form}${sink.text.slice(100)}` };
        expect(found([planted], canary)).toEqual([sink.name]);
      }
      const inside = Buffer.from(`Bearer ${canary}!`).toString('base64');
      expect(found([{ ...sink, text: sink.text + inside }], canary)).toEqual([sink.name]);
    }
  });

  it.each(['old token', 'new token', 'cloud key', 'AWS key', 'API token'])('holds no %s', (which) => {
    const secret = secrets[which] ?? '';
    expect(secret.length).toBeGreaterThan(10);
    expect(found(sinks, secret)).toEqual([]);
  });

  it('while the token is in the store and in the files of the targets', async () => {
    const token = secrets['new token'] ?? '';
    expect(world.secrets.secret(SECRET_ID).current() === token).toBe(true);
    const files = await filesUnder(join(world.folder, 'services'), /nothing/);
    expect(found(files, token).length).toBeGreaterThan(0);
  });
});
