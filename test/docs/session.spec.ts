import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { program } from '../../src/cli/main.js';
import { commandsOf, Names, withTold } from './session.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8');
const PAGES = [
  'README.md',
  ...readdirSync(`${ROOT}docs`)
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const api = JSON.parse(read('docs/openapi.json')) as { paths: Record<string, Record<string, unknown>> };
const rotor = program(() => undefined);

/** `rotor …` at the start of a line of a code block, without a comment. */
function written(page: string): string[] {
  const blocks = [...read(page).matchAll(/```[a-z]*\n(.*?)```/gs)].map(([, text = '']) => text);
  const lines = blocks.flatMap((text) => text.split('\n'));
  return lines.flatMap((line) => /^(?:\$ )?(?:npx )?(rotor [^#]*)/.exec(line)?.[1]?.trim() ?? []);
}

/** What is wrong with it; undefined: it can be given so. */
function fault(line: string): string | undefined {
  const [, ...words] = line.split(/\s+/);
  let command: Command = rotor;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) break;
    command = next;
  }
  if (command === rotor) return words[0]?.startsWith('-') ? undefined : `there is no rotor ${words[0]}`;
  const flags = words.filter((word) => /^--?[a-z]/.test(word));
  const known = command.options.flatMap(({ short, long }) => [short, long]);
  const unknown = flags.find((flag) => !known.includes(flag));
  return unknown === undefined ? undefined : `rotor ${command.name()} has no ${unknown}`;
}

describe('the commands of the documents', () => {
  it.each(PAGES)('can be given as they stand in %s', (page) => {
    expect(written(page).flatMap((line) => fault(line) ?? [])).toEqual([]);
  });

  it('are told apart from what cannot be given', () => {
    expect(written('README.md').length).toBeGreaterThan(10);
    expect(fault('rotor rotate checkout --dry-run')).toBeUndefined();
    expect(fault('rotor rotade checkout')).toBe('there is no rotor rotade');
    expect(fault('rotor token create ci --grants read')).toBe('rotor create has no --grants');
  });

  it('ask for what the API has', () => {
    const asked = commandsOf(read('docs/api.md')).filter((command) => command.startsWith('curl'));
    expect(asked.length).toBeGreaterThan(0);
    for (const command of asked) {
      const [, method = 'GET'] = /-s?X ([A-Z]+)/.exec(command) ?? [];
      const path = /\$ROTOR(\/[^\s"?]+)/.exec(command)?.[1] ?? '';
      const template = path.replace(/^(\/v1\/(?:rotations|runs)\/)[^/]+/, (_all, head: string) => {
        return `${head}${head.includes('rotations') ? '{name}' : '{id}'}`;
      });
      expect(api.paths[template]?.[method.toLowerCase()]).toBeDefined();
    }
  });
});

describe('a recorded session', () => {
  const page = (body: string) => `# A page\n\n<!-- recorded -->\n\n\`\`\`console\n${body}\`\`\`\n\nA word.\n`;

  it('has its commands from the page, and what they told in the place of what they told before', () => {
    const before = page('$ rotor one \\\n    --two\nold\n$ rotor three\n');
    expect(commandsOf(before)).toEqual(['rotor one \\\n    --two', 'rotor three']);
    const told = commandsOf(before).map((command, index) => ({ command, output: `said ${index}\n` }));
    expect(withTold(before, told)).toBe(page('$ rotor one \\\n    --two\nsaid 0\n$ rotor three\nsaid 1\n'));
    expect(withTold(withTold(before, told), told)).toBe(withTold(before, told));
  });

  it('names approvals by number beside the runs that came of them', () => {
    const names = new Names({});
    const output = 'apr_mx24yh0u383f031a76 has started run_mx24yi6g52b1dfcd22\n';
    names.meet(output);
    expect(names.real('rotor approve apr_1')).toBe('rotor approve apr_mx24yh0u383f031a76');
    expect(names.shown([{ command: 'x', output }])).toEqual([
      { command: 'x', output: 'apr_1 has started run_1\n' },
    ]);
  });

  it('names runs by number, at a time and at addresses of its own', () => {
    const names = new Names({ 'http://127.0.0.1:41234': 'http://127.0.0.1:8080' });
    const output = 'run_mx1endnm1afe3931  checkout  2026-11-29T04:00:00.000Z at http://127.0.0.1:41234\n';
    names.meet(output);
    expect(names.real('rotor watch run_1')).toBe('rotor watch run_mx1endnm1afe3931');
    const later = 'until 2026-11-29T05:00:00+00:00\n';
    expect(names.shown([output, later].map((one) => ({ command: 'x', output: one })))).toEqual([
      {
        command: 'x',
        output: 'run_1                 checkout  2026-12-01T03:00:00.000Z at http://127.0.0.1:8080\n',
      },
      { command: 'x', output: 'until 2026-12-01T04:00:00+00:00\n' },
    ]);
  });
});

describe('every way in which the service is started', () => {
  const [, setting = '', flags = ''] =
    /^#!\/usr\/bin\/env -S (\w+=\d+) node ((?:--\S+ ?)+)\n/.exec(read('bin/rotor.js')) ?? [];

  it.each(['deploy/Dockerfile', 'deploy/rotor.service'])(
    'in %s gives Node what the program asks for',
    (file) => {
      const starts = read(file)
        .split('\n')
        .filter((line) => /^ENTRYPOINT|^ExecStart/.test(line));
      const words = starts.map((line) => line.replaceAll(/[",]/g, ''));
      expect(words).toEqual([expect.stringMatching(new RegExp(`node ${flags} \\S*bin/rotor.js`))]);
      expect(read(file)).toMatch(new RegExp(`^(ENV |Environment=)${setting}\\b`, 'm'));
    },
  );

  it('in package.json gives it the same, on any system', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(scripts['start']).toBe(`node ${flags} bin/rotor.js serve`);
  });
});
