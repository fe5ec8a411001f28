import { describe, expect, it } from '@jest/globals';
import { table } from '../../src/cli/print.js';
import { hanging } from '../../src/cli/room.js';
import { program } from '../../src/cli/main.js';
import { rotorHere } from './in-process.js';
import { itOnTerminal, typedInto } from './on-terminal.js';
import { rotor } from './rotor-command.js';

const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));

describe('a table on a terminal', () => {
  const head = ['WHERE', 'WHAT', 'SEEN AT'];
  const rows = [
    ['journal', 'no run has had it', '–'],
    ['issuer', 'not looked at: its API key is refused', '2026-11-30'],
  ];

  it('goes on in lines where it is wider, and leaves each word whole', () => {
    expect(table(head, rows, 40)).toBe(
      [
        'WHERE    WHAT                 SEEN AT',
        'journal  no run has had it    –',
        'issuer   not looked at: its   2026-11-30',
        '         API key is refused',
      ].join('\n'),
    );
    expect(table(head, [['a', 'run_mx2j0rt532bca7093e', '–']], 10)).toContain('run_mx2j0rt532bca7093e');
  });

  it('has a line for each row where it is not, and in a pipe however wide it is', () => {
    const whole = table(head, rows, 80);
    expect(whole.split('\n')).toHaveLength(3);
    expect(table(head, rows, 58)).toBe(whole);
    expect(table(head, rows)).toBe(whole);
    expect(table(['A', 'B'], [['', '']], 80)).toBe('A  B\n');
  });
});

describe('a text after something', () => {
  it('goes on below its own beginning, and in a tree beside its branches', () => {
    const said = 'its plan is being applied by the cloud';
    expect(hanging('fail  config  ', said, 40)).toBe(
      'fail  config  its plan is being applied\n              by the cloud',
    );
    expect(hanging('│     ', said, 30)).toBe('│     its plan is being\n│     applied by the cloud');
    expect(hanging('fail  config  ', said)).toBe(`fail  config  ${said}`);
  });

  it('counts no codes of colour', () => {
    const escape = String.fromCodePoint(27);
    const gray = `${escape}[90mits plan is being applied${escape}[39m`;
    expect(hanging('', gray, 25)).toBe(gray);
  });

  it('is left to a terminal that has no room for it', () => {
    expect(hanging('          ', 'its plan is being applied', 25)).toBe(
      '          its plan is being applied',
    );
  });
});

describe('what is printed', () => {
  itOnTerminal('fits into the terminal that it is printed to', async () => {
    const { said } = await typedInto('demo --fault list', {}, []);
    const lines = said.replaceAll('\r', '');
    expect(lines).toContain('WHAT GOES WRONG');
    expect(widest(lines)).toBeLessThanOrEqual(100);
  });

  it('is whole in a pipe', async () => {
    const { stdout } = await rotor(['demo', '--fault', 'list'], {});
    expect(widest(stdout)).toBeGreaterThan(100);
  });

  it('of the help of any command has 80 columns', async () => {
    const commands = program(() => undefined).commands.flatMap((command) => [
      [command.name()],
      ...command.commands.map((one) => [command.name(), one.name()]),
    ]);
    expect(commands.length).toBeGreaterThan(40);
    for (const command of commands) {
      const { stdout } = await rotorHere([...command, '--help']);
      const wide = stdout.split('\n').filter(({ length }) => length > 80);
      expect({ command, wide }).toEqual({ command, wide: [] });
    }
  });
});
