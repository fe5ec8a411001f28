import { FormProblem, type Form } from './form.js';
import { eolOf, isPlainWord, lineAfter, lineOf, spliced, withLine, type Span } from './text.js';

/**
 * A php.ini or a file of conf.d. Of a key that stands twice, the last one counts; a section for one host or folder is
 * not for all. (php/php-src: Zend/zend_ini_scanner.l)
 */
export function iniForm(key: string): Form {
  return {
    read: (text) => {
      const line = lastOf(text, key);
      return line === undefined ? undefined : valueOf(text, line, key);
    },
    write: (text, token) => {
      const line = lastOf(text, key);
      if (line === undefined) return added(text, key, token);
      const present = text.slice(...line.value);
      const quotes = line.hasEquals ? '' : '=';
      return spliced(text, line.value, `${quotes}${printed(token, present, quoteOf(present))}`);
    },
    rest: (text) =>
      new Map(
        linesOf(text)
          .filter((line) => line.key !== key || line.scoped)
          .map((line) => [
            line.scoped ? `[${line.section}] ${line.key}` : line.key,
            unquoted(text.slice(...line.value)),
          ]),
      ),
  };
}

type Line = {
  readonly key: string;
  readonly section: string;
  /** In a section for one host or folder. */
  readonly scoped: boolean;
  readonly hasEquals: boolean;
  readonly value: Span;
};

const SECTION = /^[ \t]*\[(?<name>[^\]\r\n]*)\]/;
const ENTRY = /^[ \t]*(?<key>[^=;[\r\n\s][^=;\r\n]*?)[ \t]*(?<equals>=[ \t]*|$)/;

/** Each line with a key, a value in quotes over several lines included. */
function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  let section = '';
  for (let at = 0; at < text.length;) {
    const end = endOfLine(text, at);
    const line = text.slice(at, end);
    const entry = ENTRY.exec(line);
    section = SECTION.exec(line)?.groups?.['name'] ?? section;
    if (entry?.groups === undefined) {
      at = end + 1;
      continue;
    }
    const start = at + entry[0].length;
    const value: Span = [start, endOfValue(text, start)];
    lines.push({
      key: entry.groups['key'] ?? '',
      section,
      scoped: /^(HOST|PATH)\s*=/i.test(section),
      hasEquals: entry.groups['equals'] !== '',
      value,
    });
    at = lineAfter(text, value[1]);
  }
  return lines;
}

/** Before the end of line, `\r\n` or `\n`. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function endOfValue(text: string, start: number): number {
  const quote = text[start];
  if (quote === '"' || quote === "'") {
    for (let at = start + 1; at < text.length; at += 1) {
      if (text[at] === '\\' && quote === '"') at += 1;
      else if (text[at] === quote) return at + 1;
    }
    throw new FormProblem(
      `has quotes in line ${lineOf(text, start)} that do not end`,
      'Correct it; PHP would not read it either.',
    );
  }
  const line = text.slice(start, endOfLine(text, start));
  return start + line.replace(/[ \t]*(;.*)?\r?$/, '').length;
}

function lastOf(text: string, key: string): Line | undefined {
  const lines = linesOf(text).filter((line) => line.key === key);
  const scoped = lines.find((line) => line.scoped);
  if (scoped) {
    throw new FormProblem(
      `has ${key} in [${scoped.section}], where it counts for that host or folder alone`,
      'Move it out of that section, or deliver to each by a file of its own.',
    );
  }
  return lines.at(-1);
}

function valueOf(text: string, line: Line, key: string): string {
  const value = text.slice(...line.value);
  const behind = text.slice(line.value[1], endOfLine(text, line.value[1]));
  if (quoteOf(value) !== '' && !/^[ \t]*(?:;.*)?\r?$/.test(behind)) {
    throw new FormProblem(
      `has more behind the quotes of ${key}, which PHP reads as a part of it`,
      'Write the token in one pair of quotes once.',
    );
  }
  if (/\$\{/.test(value) && quoteOf(value) !== "'") {
    throw new FormProblem(
      `takes ${key} from a variable`,
      'Deliver to the place where the variable is set, or write the token in its stead once.',
    );
  }
  return unquoted(value);
}

function quoteOf(value: string): '"' | "'" | '' {
  const [first] = value;
  return first === '"' || first === "'" ? first : '';
}

function unquoted(value: string): string {
  const quote = quoteOf(value);
  if (quote === '') return value;
  const inner = value.slice(1, -1);
  return quote === '"' ? inner.replaceAll(/\\(["\\$])/g, '$1') : inner;
}

function printed(token: string, present: string, quote: '"' | "'" | ''): string {
  if (quote === '' && present !== '' && isPlainWord(token)) return token;
  if (quote !== "'" && !/["\\$]/.test(token)) return `"${token}"`;
  if (!token.includes("'")) return `'${token}'`;
  if (!/["\\$]/.test(token)) return `"${token}"`;
  throw new FormProblem(
    'cannot hold this token: PHP has no quotes for all of its characters',
    'Take a token of letters, digits, - and _.',
  );
}

/** Behind the other settings of the extension, else at the end; never in a section for one host or folder. */
function added(text: string, key: string, token: string): string {
  const line = `${key} = ${printed(token, '', '')}`;
  const lines = linesOf(text).filter(({ scoped }) => !scoped);
  const prefix = key.slice(0, key.lastIndexOf('.') + 1);
  const mate = lines.findLast((each) => prefix !== '' && each.key.startsWith(prefix));
  if (mate) {
    const at = lineAfter(text, mate.value[1]);
    return at < text.length ? spliced(text, [at, at], `${line}${eolOf(text)}`) : withLine(text, line);
  }
  const scoped = /^[ \t]*\[(?:HOST|PATH)\s*=/im.exec(text);
  return scoped === null
    ? withLine(text, line)
    : spliced(text, [scoped.index, scoped.index], `${line}${eolOf(text)}`);
}
