import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApiWorld } from '../triggers/api-world.js';
import { rotorHere } from './in-process.js';

/** More than the service gives in one page. */
const OTHERS = Array.from({ length: 450 }, (_, index) => `service-${index}`);

let world: ApiWorld;
beforeAll(async () => {
  world = await ApiWorld.open({
    others: Object.fromEntries(OTHERS.map((name, index) => [name, { half: String(index % 2) }])),
  });
  await world.app.listen(0, '127.0.0.1');
});
afterAll(async () => world.close());

const namesIn = async (...words: string[]) => {
  const env = { ROTOR_ADDR: await world.app.getUrl(), ROTOR_TOKEN: world.token };
  const { stdout, exit } = await rotorHere(words, env);
  return { names: stdout.trimEnd().split('\n'), exit };
};

it('a command that lists rotations lists all of them, however many pages that are', async () => {
  expect(await namesIn('get', 'rotations', '-o', 'name')).toEqual({
    names: ['checkout', ...OTHERS],
    exit: 0,
  });
  const half = OTHERS.filter((_, index) => index % 2 === 1);
  expect(await namesIn('get', 'rotations', '-l', 'half=1', '-o', 'name')).toEqual({ names: half, exit: 0 });
});
