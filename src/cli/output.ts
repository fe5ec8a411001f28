import { Option } from 'commander';
import { printData, printJson, printNote } from './print.js';

export const FORMATS = ['table', 'wide', 'json', 'jsonl', 'yaml', 'name'] as const;

/** Of what JSON and YAML hold: another one where a key is taken away or means something else. */
export const API_VERSION = 'rotor/v1';

/** What every command that prints data takes. */
export type Output = {
  readonly output?: (typeof FORMATS)[number];
  readonly json?: boolean;
  /** In tables; JSON and YAML always have whole times. */
  readonly utc?: boolean;
};

export type Forms = {
  readonly table: () => string;
  /** What the table leaves out for want of room. Default: the table. */
  readonly wide?: () => string;
  readonly names: () => readonly string[];
  /** What stands in a list, each to be printed by itself. Default: the whole is one. */
  readonly items?: () => readonly object[];
  /** What people are told where there are no items, in the place of a table without rows. */
  readonly none?: string | undefined;
};

export function outputOptions(): Option[] {
  const output = new Option('-o, --output <format>', 'how to print it').choices(FORMATS).default('table');
  return [
    output,
    new Option('--json', 'the same as -o json'),
    new Option('--utc', 'in tables: times in UTC instead of how long ago'),
  ];
}

/** Whether it is for a program: then nothing else stands beside it. */
export function isJson({ output, json }: Output): boolean {
  return json === true || output === 'json' || output === 'jsonl';
}

/**
 * Data goes to standard output. JSON and YAML hold all of it and keep their keys, JSONL an object a line for each that is
 * listed; the tables are for people and may change; `name` is what other commands take. Of an empty list nothing goes
 * there but JSON and YAML.
 */
export async function show(value: object, options: Output, forms: Forms): Promise<void> {
  const { output, json } = options;
  if (output === 'jsonl' && json !== true) {
    for (const item of forms.items?.() ?? [value]) printData(JSON.stringify(item));
    return;
  }
  const versioned = { apiVersion: API_VERSION, ...value };
  if (isJson(options)) return printJson(versioned);
  if (output === 'yaml') {
    const { stringify } = await import('yaml');
    return printData(stringify(versioned).trimEnd());
  }
  if (forms.none !== undefined && forms.items?.().length === 0) return printNote(forms.none);
  const text = textIn(output, forms);
  if (text !== '') printData(text);
}

function textIn(output: Output['output'], { table, wide = table, names }: Forms): string {
  if (output === 'name') return names().join('\n');
  return output === 'wide' ? wide() : table();
}
