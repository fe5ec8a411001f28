import { Option } from 'commander';
import { printData, printJson } from './print.js';

const FORMATS = ['table', 'json', 'yaml', 'name'] as const;

/** What every command that prints data takes. */
export type Output = { readonly output?: (typeof FORMATS)[number]; readonly json?: boolean };

export function outputOptions(): Option[] {
  const output = new Option('-o, --output <format>', 'how to print it').choices(FORMATS).default('table');
  return [output, new Option('--json', 'the same as -o json')];
}

export function isJson({ output, json }: Output): boolean {
  return json === true || output === 'json';
}

/**
 * Data goes to standard output. JSON and YAML hold all of it and keep their keys; the table is for people and may
 * change; `name` is what other commands take.
 */
export async function show(
  value: object,
  options: Output,
  forms: { readonly table: () => string; readonly names: () => readonly string[] },
): Promise<void> {
  if (isJson(options)) return printJson(value);
  if (options.output === 'yaml') {
    const { stringify } = await import('yaml');
    return printData(stringify(value).trimEnd());
  }
  const text = options.output === 'name' ? forms.names().join('\n') : forms.table();
  if (text !== '') printData(text);
}
