import { expect, it } from '@jest/globals';
import { aboutOf, nextAfter, nextAfterExit } from '../../src/cli/next.js';
import { RotorError } from '../../src/rotation/errors.js';

const COMMANDS = ['context', 'doctor', 'pause', 'resume', 'serve', 'status', 'validate', 'watch'];

it.each([
  ['pause', 'run_mwt7rffs0e2bfd4590', 'rotor watch run_mwt7rffs0e2bfd4590'],
  ['resume', 'run_mwt7rffs0e2bfd4590', 'rotor watch run_mwt7rffs0e2bfd4590'],
  ['pause', 'checkout', 'rotor status checkout'],
])('after a refused rotor %s %s the next is %s', (command, named, next) => {
  const about = aboutOf(['node', 'rotor', command, named], COMMANDS);
  expect(nextAfter(new RotorError('not_possible', 'no'), about)).toBe(next);
});

it.each([
  ['doctor --config a.yaml', 3, 'rotor doctor --config a.yaml, once that is mended'],
  ['doctor', 3, 'rotor doctor, once that is mended'],
  ['validate --online -c a.yaml', 1, 'rotor validate --online -c a.yaml, once that is mended'],
  ["validate --online -c it's.yaml", 1, "rotor validate --online -c 'it'\\''s.yaml', once that is mended"],
])('after rotor %s has found something the next is the same again: exit %i', (typed, exit, next) => {
  expect(nextAfterExit(exit, aboutOf(['node', 'rotor', ...typed.split(' ')], COMMANDS))).toBe(next);
});

it.each([
  ['serve', 'rotor doctor'],
  ['serve -c a.yaml', 'rotor doctor --config a.yaml'],
  ['serve --listen 127.0.0.1:1 --config=a.yaml', 'rotor doctor --config a.yaml'],
  ['doctor -ca.yaml', 'rotor doctor -ca.yaml, once that is mended'],
  ['status', 'rotor status, once that is mended'],
  ['context use nope', 'rotor context list'],
])('after rotor %s whose set-up is wrong, though its config file is not, the next is %s', (typed, next) => {
  const about = aboutOf(['node', 'rotor', ...typed.split(' ')], COMMANDS);
  expect(nextAfter(new RotorError('config_invalid', 'no'), about)).toBe(next);
});
