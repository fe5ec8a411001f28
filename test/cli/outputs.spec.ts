import type { Command } from 'commander';
import { expect, it } from '@jest/globals';
import { program } from '../../src/cli/main.js';

/** What they print is a document or a stream of its own, or a note. */
const OF_THEIR_OWN = [
  'serve',
  'demo',
  'sandbox',
  'schema',
  'backup',
  'restore',
  'audit export',
  'context add',
  'login',
  'support-bundle',
  'emit alerts',
  'emit compose',
  'emit dashboard',
  'emit iam',
  'emit rbac',
  'emit systemd',
  'context use',
  'context remove',
  'healthcheck',
  'help',
];

function leaves(command: Command, before: readonly string[] = []): { name: string; command: Command }[] {
  return command.commands.flatMap((one) => {
    const words = [...before, one.name()];
    const below = leaves(one, words);
    // One that has others below it may do something itself as well.
    const isCommand = below.length === 0 || one.options.length > 0;
    return [...(isCommand ? [{ name: words.join(' '), command: one }] : []), ...below];
  });
}

it('every command that prints data prints it for people, programs and other commands', () => {
  const without = leaves(program(() => undefined)).filter(({ command }) => {
    const output = command.options.find(({ long }) => long === '--output');
    const isAny = ['table', 'wide', 'json', 'jsonl', 'yaml', 'name'].every((form) =>
      output?.argChoices?.includes(form),
    );
    const has = (flag: string): boolean => command.options.some(({ long }) => long === flag);
    // A report has no other times.
    return !isAny || !has('--json') || (command.name() !== 'report' && !has('--utc'));
  });
  expect(without.map(({ name }) => name).toSorted()).toEqual(OF_THEIR_OWN.toSorted());
});
