import { expect, it } from '@jest/globals';
import { aboutOf, nextAfter } from '../../src/cli/next.js';
import { RotorError } from '../../src/rotation/errors.js';

const COMMANDS = ['pause', 'resume', 'status', 'watch'];

it.each([
  ['pause', 'run_mwt7rffs0e2bfd4590', 'rotor watch run_mwt7rffs0e2bfd4590'],
  ['resume', 'run_mwt7rffs0e2bfd4590', 'rotor watch run_mwt7rffs0e2bfd4590'],
  ['pause', 'checkout', 'rotor status checkout'],
])('after a refused rotor %s %s the next is %s', (command, named, next) => {
  const about = aboutOf(['node', 'rotor', command, named], COMMANDS);
  expect(nextAfter(new RotorError('not_possible', 'no'), about)).toBe(next);
});
