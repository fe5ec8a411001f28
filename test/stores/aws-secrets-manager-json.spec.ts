import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mintToken } from '../../src/rotation/tokens.js';
import type { Store, VersionId } from '../../src/stores/store.js';
import { failing, stageKey } from '../contracts/store-bench.js';
import { freshName, REGION } from '../sandbox/secrets-manager-world.js';
import { AwsWorld } from './aws-world.js';

const KEY = 'apm_token';
const signal = new AbortController().signal;
let world: AwsWorld;
let name: string;
let store: Store;

beforeAll(async () => {
  world = await AwsWorld.start();
});
beforeEach(() => {
  name = freshName();
  store = world.store(name, { key: KEY });
});
afterEach(() => world.server.faults.clear());
afterAll(() => world.close());

const secret = () => world.server.secret(name);
const currentOf = (): VersionId => secret().labels()['AWSCURRENT'] as VersionId;

function seed(value: unknown): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  world.server.seed(name, { text }, { region: REGION });
}

function jsonOf(version: VersionId): unknown {
  return JSON.parse(
    secret()
      .versions()
      .find(({ id }) => id === version)?.text ?? 'null',
  );
}

describe('the other keys of a JSON secret', () => {
  it('are kept as they are at that moment', async () => {
    const neighbours = { user: 'elastic', nested: { list: [1, 'two', null] }, empty: '', flag: false };
    seed({ ...neighbours, [KEY]: mintToken().reveal() });
    const token = mintToken();
    const { version } = await store.stage(stageKey(), token, null, signal);
    expect(jsonOf(version)).toEqual({ ...neighbours, [KEY]: token.reveal() });
  });

  it('are none in a secret that Rotor makes', async () => {
    const token = mintToken();
    const { version } = await store.stage(stageKey(), token, null, signal);
    expect(jsonOf(version)).toEqual({ [KEY]: token.reveal() });
    expect(currentOf()).toBe(version);
  });

  it('that changed since are not undone by a promotion; a token staged anew takes them over', async () => {
    seed({ user: 'elastic', [KEY]: mintToken().reveal() });
    const token = mintToken();
    const { version } = await store.stage(stageKey(), token, null, signal);
    const changed = { user: 'somebody', [KEY]: mintToken().reveal() };
    world.server.moveLabelBySomeoneElse(name, JSON.stringify(changed));
    const theirs = currentOf();

    await expect(store.promote(version, theirs, signal)).rejects.toMatchObject({
      code: 'store_conflict',
      message: expect.stringMatching('The other keys of version'),
    });
    expect(currentOf()).toBe(theirs);
    const anew = await store.stage(stageKey(), token, null, signal);
    await store.promote(anew.version, theirs, signal);
    expect(jsonOf(currentOf())).toEqual({ ...changed, [KEY]: token.reveal() });
  });

  it('are taken from the version that was named, also while the label still shows an older one', async () => {
    seed({ user: 'elastic', [KEY]: mintToken().reveal() });
    const token = mintToken();
    world.server.faults.lag({ reads: 2 });
    const changed = JSON.stringify({ user: 'somebody', [KEY]: mintToken().reveal() });
    const theirs = await world.sandbox.putVersion(name, undefined, changed);
    const { version } = await store.stage(stageKey(), token, theirs as VersionId, signal);
    expect(jsonOf(version)).toEqual({ user: 'somebody', [KEY]: token.reveal() });
  });

  it('are known from the look before, so that the token of a reset is written at once', async () => {
    seed({ user: 'elastic', [KEY]: mintToken().reveal() });
    const base = currentOf();
    await store.heads(signal);
    world.failEachTry('GetSecretValue', { effect: 'cut' });
    const token = mintToken();
    const { version } = await store.stage(stageKey(), token, base, signal);
    expect(jsonOf(version)).toEqual({ user: 'elastic', [KEY]: token.reveal() });
  });

  it('do not stand in the way of a version that is current already', async () => {
    seed({ user: 'elastic', [KEY]: mintToken().reveal() });
    const before = currentOf();
    const { version } = await store.stage(stageKey(), mintToken(), null, signal);
    world.server.moveLabelBySomeoneElse(name, JSON.stringify({ user: 'somebody' }));
    const between = currentOf();
    await world.sandbox.moveCurrent(name, version, between);
    await store.promote(version, between, signal);
    await store.promote(version, before, signal);
    expect(currentOf()).toBe(version);
  });

  it('of many digits are not written back with fewer', async () => {
    seed(`{"account": 12345678901234567890, "${KEY}": "${mintToken().reveal()}"}`);
    await expect(store.stage(stageKey(), mintToken(), null, signal)).rejects.toMatchObject({
      code: 'store_refused',
      hint: expect.stringMatching('in quotes'),
    });
    expect(secret().versions()).toHaveLength(1);
  });
});

describe('a JSON secret without the token', () => {
  it.each([
    ['lacks the key', { user: 'elastic' }],
    ['holds an empty text there', { user: 'elastic', [KEY]: '' }],
  ])('that %s counts as empty: the first token is current, no later one', async (_what, value) => {
    seed(value);
    expect(await store.heads(signal)).toEqual({ staged: [] });
    const token = mintToken();
    const pin = await store.stage(stageKey(), token, null, signal);
    expect(await store.heads(signal)).toEqual({ current: pin, staged: [pin] });
    expect(jsonOf(currentOf())).toEqual({ user: 'elastic', [KEY]: token.reveal() });
    await store.stage(stageKey(), mintToken(), null, signal);
    expect(currentOf()).toBe(pin.version);
  });

  it('gets a current token also after a crash between its writing and its promotion', async () => {
    seed({ user: 'elastic' });
    const key = stageKey();
    const token = mintToken();
    world.failEachTry('UpdateSecretVersionStage', { effect: 'cut' });
    await expect(store.stage(key, token, null, signal)).rejects.toEqual(failing('store_unavailable'));
    const pin = await store.stage(key, mintToken(), null, signal);
    expect(pin.fingerprint).toBe(token.fingerprint);
    expect(currentOf()).toBe(pin.version);
  });

  it('has no token to read in a version of others', async () => {
    seed({ user: 'elastic' });
    await expect(store.read(currentOf(), signal)).rejects.toMatchObject({
      code: 'store_refused',
      message: expect.stringMatching('holds no token'),
      hint: expect.stringMatching(KEY),
    });
  });

  it.each([
    ['is not JSON', () => mintToken().reveal(), 'is not a JSON object'],
    ['is a JSON text', () => JSON.stringify(mintToken().reveal()), 'is not a JSON object'],
    ['is a JSON list', () => JSON.stringify([mintToken().reveal()]), 'is not a JSON object'],
    ['is JSON null', () => 'null', 'is not a JSON object'],
    ['has a number there', () => JSON.stringify({ [KEY]: 12_345_678 }), 'is not a string'],
  ])('that %s is refused and stays as it is', async (_what, make, because) => {
    const text = make();
    seed(text);
    for (const call of [
      () => store.heads(signal),
      () => store.stage(stageKey(), mintToken(), null, signal),
    ]) {
      const [ended] = await Promise.allSettled([call()]);
      expect(ended).toMatchObject({
        reason: { code: 'store_refused', message: expect.stringMatching(because) },
      });
      const shown = inspect(ended, { depth: Infinity, showHidden: true });
      expect(text.length > 20 && shown.includes(text)).toBe(false);
    }
    expect(secret().versions()).toHaveLength(1);
    expect(secret().current()).toBe(text);
  });
});
