import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere } from './in-process.js';

/** Nobody has asked for a run yet. */
describe('a list that is empty', () => {
  let world: ApiWorld;
  let env: Record<string, string>;
  beforeAll(async () => {
    world = await ApiWorld.open();
    await world.app.listen(0, '127.0.0.1');
    env = {
      ROTOR_ADDR: (await world.app.getUrl()).replace('[::1]', '127.0.0.1'),
      ROTOR_TOKEN: world.token,
      XDG_CONFIG_HOME: '/nowhere',
    };
  });
  afterAll(async () => world.close());

  const rotor = async (typed: string) => rotorHere(typed.split(' '), env);

  it.each([
    ['runs', 'there are no runs'],
    ['get runs', 'there are no runs'],
    ['runs checkout', 'there are no runs of checkout'],
    ['get approvals', 'there are no approvals'],
    ['notifications', 'there are no notifications'],
    ['token list', 'there are no API tokens but the one of the owner'],
    ['context list', 'there are no contexts'],
  ])('rotor %s says so', async (typed, sentence) => {
    const { exit, stdout, stderr } = await rotor(typed);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain(sentence);
  });

  it.each([
    ['status -l env=nope', 'no rotations match --selector env=nope'],
    ['status -l env=nope --state paused', 'no rotations match --selector env=nope and --state paused'],
    ['get rotations -l env=nope -o wide', 'no rotations match --selector env=nope'],
    ['plan -l env=nope', 'no rotations match --selector env=nope'],
    ['runs --by nobody --active', 'no runs match --by nobody and --active'],
    ['runs checkout --since 1d', 'no runs of checkout match --since 1d'],
    ['get runs -l env=nope -o name', 'no runs match --selector env=nope'],
    ['get targets -l env=nope', 'no targets match --selector env=nope'],
    ['get approvals --state granted', 'no approvals match --state granted'],
    ['notifications --state dead', 'no notifications match --state dead'],
    ['events -l env=nope', 'no events match --selector env=nope since'],
  ])('rotor %s names what nothing matches', async (typed, sentence) => {
    const { exit, stdout, stderr } = await rotor(typed);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
    expect(stderr).toContain(sentence);
  });

  it.each([
    ['status -l env=nope', { rotations: [] }],
    ['runs --by nobody', { runs: [], next: null }],
    ['token list', { tokens: [] }],
  ])('rotor %s -o json is as ever, and alone', async (typed, whole) => {
    const { stdout, stderr } = await rotor(`${typed} -o json`);
    expect(JSON.parse(stdout)).toEqual({ apiVersion: 'rotor/v1', ...whole });
    expect(stderr).toBe('');
  });
});
