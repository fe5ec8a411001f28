import { parse } from 'dotenv';
import { FormProblem, type Form } from './form.js';
import { lineAfter, lineOf, spliced, withLine, type Span } from './text.js';

/** How the token stands in the value of its variable, and where it does not, how it gets there. */
export type EnvValue = {
  read(value: string): string | undefined;
  write(value: string | undefined, token: string): string;
};

export const WHOLE_VALUE: EnvValue = { read: (value) => value, write: (_value, token) => token };

/**
 * A file of variables, such as a .env or an EnvironmentFile of systemd. The value that is written means the same to
 * dotenv, systemd and a shell; a comment behind it stays, though systemd takes it for a part of the value. Of a variable
 * that stands twice, the last one counts for all of them.
 */
export function envForm(key: string, value: EnvValue = WHOLE_VALUE): Form {
  return {
    read: (text) => {
      const present = currentValue(text, key);
      return present === undefined || present === '' ? undefined : value.read(present);
    },
    write: (text, token) => {
      const present = currentValue(text, key);
      const next = value.write(present, token);
      const line = linesOf(text).findLast((each) => each.name === key);
      if (line === undefined) return withLine(text, `${key}=${printed(next, '')}`);
      return spliced(text, line.value, printed(next, text.slice(...line.value)));
    },
    rest: (text) => new Map(Object.entries(variablesIn(text)).filter(([name]) => name !== key)),
  };
}

type Line = { readonly name: string; readonly value: Span };

const ENTRY = /^[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*/;

/** Each line with a variable; a value in quotes may go on over several. */
function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const entry = ENTRY.exec(text.slice(at, end));
    if (entry === null) {
      at = end + 1;
      continue;
    }
    const start = at + entry[0].length;
    const value: Span = [start, endOfValue(text, start, end)];
    lines.push({ name: entry.groups?.['name'] ?? '', value });
    at = lineAfter(text, value[1]);
  }
  return lines;
}

function endOfValue(text: string, start: number, end: number): number {
  const quote = text[start];
  if (quote !== undefined && `"'\``.includes(quote)) {
    for (let at = start + 1; at < text.length; at += 1) {
      if (text[at] === '\\' && quote === '"') at += 1;
      else if (text[at] === quote) return at + 1;
    }
    throw new FormProblem(`has quotes in line ${lineOf(text, start)} that do not end`, 'Correct it.');
  }
  const line = text.slice(start, end);
  if (/\\\r?$/.test(line)) {
    throw new FormProblem(
      `has a line that goes on in the next (line ${lineOf(text, start)}), which not every reader of such files takes so`,
      'Write it in one line, in quotes.',
    );
  }
  return start + line.replace(/[ \t]*(?:#.*)?\r?$/, '').length;
}

/** As dotenv reads it; what stands in the line has to agree. */
function currentValue(text: string, key: string): string | undefined {
  const line = linesOf(text).findLast((each) => each.name === key);
  const value = variablesIn(text)[key];
  if (line === undefined && value === undefined) return undefined;
  if (line === undefined || value === undefined || unquoted(text.slice(...line.value)) !== value) {
    throw new FormProblem(
      `has a value of ${key} that not every reader of such files would take alike`,
      'Write it in one line, without escapes, in quotes if need be.',
    );
  }
  return value;
}

function variablesIn(text: string): Readonly<Record<string, string>> {
  return parse(text);
}

function unquoted(value: string): string {
  return /^(["'`])[\s\S]*\1$/.test(value) ? value.slice(1, -1).replaceAll('\r\n', '\n') : value;
}

/** Without quotes only what no reader takes as its own; in the quotes that stand there, if they can stay. */
function printed(value: string, present: string): string {
  const quote = /^["']/.exec(present)?.[0] ?? '';
  const may: Readonly<Record<string, boolean>> = {
    '': /^[\w.+,:=@%/-]+$/.test(value),
    '"': !/["\\$`]/.test(value),
    "'": !value.includes("'"),
  };
  const chosen = [quote, '', "'", '"'].find((each) => may[each] === true);
  if (chosen === undefined) {
    throw new FormProblem(
      'cannot hold this token: no quotes make dotenv, systemd and a shell read all of its characters alike',
      'Take a token of letters, digits, - and _.',
    );
  }
  return `${chosen}${value}${chosen}`;
}
