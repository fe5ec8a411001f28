import { parse, type ObjectExpression, type Program, type Property } from 'acorn';
import type { Unseen } from '../../agent-settings.js';
import { FormProblem, type Form } from './form.js';
import { exportedObject } from './nodejs-exports.js';
import { eolOf, indentAt, lineOf, spliced } from './text.js';

/**
 * elastic-apm-node.js: a script that exports one object. It is parsed, never run. Of a property that stands twice, the
 * last one counts.
 */
export function nodejsForm(key: string): Form {
  return {
    read: (text) => {
      const property = propertyIn(objectIn(text), key);
      return property === undefined ? undefined : textOf(property, key);
    },
    write: (text, token) => {
      const object = objectIn(text);
      const property = propertyIn(object, key);
      if (property === undefined) return added(text, object, key, token);
      const { start, end } = property.value;
      return spliced(text, [start, end], printed(token, text[start] ?? "'"));
    },
    rest: (text) =>
      new Map(
        objectIn(text).properties.flatMap((each) => {
          if (each.type !== 'Property' || nameOf(each) === key) return [];
          const value = literalOf(each);
          const unseen: Unseen = { unseen: 'set' };
          return [[nameOf(each) ?? text.slice(each.key.start, each.key.end), value ?? unseen] as const];
        }),
      ),
  };
}

function objectIn(text: string): ObjectExpression {
  return exportedObject(programOf(text));
}

function programOf(text: string): Program {
  try {
    return parse(text, { ecmaVersion: 'latest', sourceType: 'commonjs', allowHashBang: true });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const at = 'pos' in error && typeof error.pos === 'number' ? error.pos : 0;
    throw new FormProblem(
      `is no script that require() could load: an error in line ${lineOf(text, at)}`,
      'Give a file that says module.exports = { … }.',
    );
  }
}

/** undefined: it is not there. What may stand in for it, or over it, is a fault. */
function propertyIn(object: ObjectExpression, key: string): Property | undefined {
  const at = object.properties.findLastIndex((each) => each.type === 'Property' && nameOf(each) === key);
  const unclear = object.properties
    .slice(at + 1)
    .some((each) => each.type === 'SpreadElement' || nameOf(each) === undefined);
  if (unclear) {
    throw new FormProblem(
      at < 0
        ? `may have ${key} in what it spreads into its settings`
        : `may have ${key} again in what follows it`,
      `Write ${key} itself, behind everything else.`,
    );
  }
  const found = object.properties[at];
  return found?.type === 'Property' ? found : undefined;
}

function nameOf({ key, computed }: Property): string | undefined {
  if (key.type === 'Literal') return String(key.value);
  return key.type === 'Identifier' && !computed ? key.name : undefined;
}

function textOf(property: Property, key: string): string | undefined {
  const { value: node } = property;
  if (node.type === 'Literal' && node.raw === 'null') return undefined;
  const value = property.kind === 'init' && !property.method ? literalOf(property) : undefined;
  if (value !== undefined) return value;
  throw new FormProblem(
    `takes ${key} from code, not from a text in the file`,
    'Deliver to the place that the code reads, or write the token in its stead once.',
  );
}

function literalOf({ value }: Property): string | undefined {
  if (value.type === 'Literal') return value.value === null ? undefined : String(value.value);
  if (value.type !== 'TemplateLiteral' || value.expressions.length > 0) return undefined;
  return value.quasis[0]?.value.cooked ?? undefined;
}

/** In the quotes that stand there. */
function printed(token: string, quote: string): string {
  const own = `'"\``.includes(quote) ? quote : "'";
  const special = own === '`' ? /[\\`$]/g : new RegExp(`[\\\\${own}]`, 'g');
  return `${own}${token.replaceAll(special, (each) => `\\${each}`)}${own}`;
}

/** Behind the last property, in a line of its own where the others have one each. */
function added(text: string, object: ObjectExpression, key: string, token: string): string {
  const last = object.properties.at(-1);
  const entry = `${key}: ${printed(token, "'")}`;
  if (last === undefined) return spliced(text, [object.start + 1, object.start + 1], ` ${entry} `);
  const tail = text.slice(last.end, object.end);
  const comma = COMMA_BEHIND.exec(tail);
  const ownLines = text.slice(object.start, last.start).includes('\n');
  if (!ownLines) return spliced(text, [last.end, last.end], `, ${entry}`);
  const line = `${indentAt(text, last.start)}${entry},`;
  const restOfLine = /^[^\n]*/.exec(tail)?.[0] ?? '';
  // A comment behind the last property is its own, and stays behind it.
  const at =
    last.end +
    (ONLY_COMMENT.test(restOfLine) ? restOfLine.replace(/\r$/, '').length : (comma?.[0].length ?? 0));
  const withEntry = spliced(text, [at, at], `${eolOf(text)}${line}`);
  return comma === null ? spliced(withEntry, [last.end, last.end], ',') : withEntry;
}

const COMMA_BEHIND = /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*,/;
const ONLY_COMMENT = /^[ \t]*,?[ \t]*(?:\/\/[^\n]*|\/\*(?:(?!\*\/)[^\n])*\*\/[ \t]*)?\r?$/;
