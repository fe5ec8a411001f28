import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Unseen } from '../../agent-settings.js';
import { maskErb, refuseErbAround, type Masked } from './erb.js';
import { FormProblem, type Form } from './form.js';
import { eolOf, indentAt, isPlainWord, lineAfter, spliced, type Span } from './text.js';

export type YamlOptions = {
  /** The document is a template of ERB first, as the Ruby agent's is; Ruby takes the last of a key that stands twice. */
  readonly erb: boolean;
};

/** A YAML document, by a path with dots. Ruby's config/elastic_apm.yml, the values of a Helm chart. */
export function yamlForm(key: string, { erb }: YamlOptions): Form {
  const path = key.split('.');
  const open = (text: string): Opened => openYaml(text, erb);
  return {
    read: (text) => {
      const opened = open(text);
      const pair = pairAt(opened, path, key, erb);
      if (pair === undefined) return undefined;
      const scalar = scalarOf(pair, key);
      if (scalar === undefined) return undefined;
      refuseErbAround(text, opened.masked.tags, spanOf(scalar), key);
      return scalar.value === null ? undefined : textOf(scalar);
    },
    write: (text, token) => {
      const opened = open(text);
      const pair = pairAt(opened, path, key, erb);
      return pair === undefined ? added(text, opened, path, token) : replaced(text, pair, key, token);
    },
    rest: (text) => {
      const { document, masked } = open(text);
      return new Map(leavesOf(document.contents, '', masked.tags).filter(([name]) => name !== key));
    },
  };
}

type Opened = { readonly document: Document; readonly masked: Masked };

function openYaml(text: string, erb: boolean): Opened {
  const masked = erb ? maskErb(text) : { text, tags: [] };
  const documents = parseAllDocuments(masked.text, { uniqueKeys: false, merge: true, logLevel: 'silent' });
  const [document] = documents;
  if (document === undefined || documents.length > 1) {
    throw new FormProblem(
      document === undefined ? 'is empty' : 'holds several YAML documents',
      'Give a file with one document, with the settings of the agent.',
    );
  }
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line;
    throw new FormProblem(
      `is no YAML document: ${error.code} in line ${line}`,
      'Correct it; its reader would not load it either.',
    );
  }
  return { document, masked };
}

/** The pair of the whole path; undefined where its last key is not there. */
function pairAt(
  { document }: Opened,
  path: readonly string[],
  key: string,
  lastCounts: boolean,
): Pair | undefined {
  let node: unknown = document.contents;
  let found: Pair | undefined;
  for (const name of path) {
    if (!isMap(node)) return undefined;
    const pairs = node.items.filter((pair) => nameOf(pair) === name);
    if (pairs.length > 1 && !lastCounts) {
      throw new FormProblem(
        `has ${name} twice, and it is not clear which of them is read for ${key}`,
        'Leave one of them.',
      );
    }
    if (pairs.length === 0 && node.items.some((pair) => nameOf(pair) === '<<')) {
      throw new FormProblem(
        `may take ${key} from another part of the document (<<)`,
        `Write ${key} itself once.`,
      );
    }
    found = pairs.at(-1);
    node = found?.value;
  }
  return found;
}

function nameOf(pair: Pair): string {
  return String(isScalar(pair.key) ? (pair.key.source ?? pair.key.value) : pair.key);
}

function scalarOf(pair: Pair, key: string): Scalar | undefined {
  const { value } = pair;
  if (value === null || value === undefined) return undefined;
  if (isScalar(value) && value.anchor === undefined && value.tag === undefined) return value;
  const what = isAlias(value) ? 'an alias' : isScalar(value) ? 'an anchor or a tag' : 'no text';
  throw new FormProblem(`has ${what} at ${key}`, 'Write the token there as plain text once.');
}

function spanOf(scalar: Scalar): Span {
  const [start = 0, end = 0] = scalar.range ?? [];
  return [start, end];
}

function replaced(text: string, pair: Pair, key: string, token: string): string {
  const scalar = scalarOf(pair, key);
  const [start, end] = scalar === undefined ? endOfKey(pair) : spanOf(scalar);
  if (start < end) return spliced(text, [start, end], printed(token, scalar?.type, text.slice(start, end)));
  // Nothing stands behind the key, not even a space perhaps.
  const colon = text.indexOf(':', endOfKey(pair)[1]) + 1;
  return spliced(text, [colon, colon], ` ${printed(token, 'QUOTE_DOUBLE', '')}`);
}

function endOfKey(pair: Pair): Span {
  const end = isScalar(pair.key) ? (pair.key.range?.[1] ?? 0) : 0;
  return [end, end];
}

function printed(token: string, type: Scalar['type'] | undefined, present: string): string {
  if (type === 'PLAIN' && isPlainWord(token)) return token;
  if (type === 'QUOTE_SINGLE') return `'${token.replaceAll("'", "''")}'`;
  // A block ends with its line, and what stands behind it must stay on lines of its own.
  const eol = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED' ? (/\r?\n$/.exec(present)?.[0] ?? '') : '';
  return `${JSON.stringify(token)}${eol}`;
}

/** At the end of its section, in a line of its own. */
function added(text: string, { document }: Opened, path: readonly string[], token: string): string {
  const home = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = isMap(home) ? home.items.at(-1) : undefined;
  if (!isMap(home) || last === undefined || home.flow) {
    const section = path.slice(0, -1).join('.');
    throw new FormProblem(
      section === ''
        ? 'has no settings, one on each line'
        : `has no section ${section} with a setting on each line`,
      'Write the other settings of the agent there, and the token with any value.',
    );
  }
  const line = `${indentOf(text, home)}${path.at(-1)}: ${JSON.stringify(token)}`;
  const end = endOf(last);
  const at = end > 0 && text[end - 1] === '\n' ? end : lineAfter(text, end);
  const eol = eolOf(text);
  return at > 0 && text[at - 1] === '\n'
    ? spliced(text, [at, at], `${line}${eol}`)
    : spliced(text, [at, at], `${eol}${line}`);
}

function indentOf(text: string, map: YAMLMap): string {
  const key = map.items[0]?.key;
  return indentAt(text, isScalar(key) ? (key.range?.[0] ?? 0) : 0);
}

function endOf({ key, value }: Pair): number {
  const node = value ?? key;
  const range =
    typeof node === 'object' && node !== null && 'range' in node ? (node.range as Scalar['range']) : null;
  const end = range?.[1] ?? 0;
  return isMap(node) && node.items.length > 0 ? endOf(node.items.at(-1) as Pair) : end;
}

type Leaf = [name: string, value: string | Unseen];

/** What a tag of ERB makes is not seen. */
function leavesOf(node: unknown, name: string, tags: readonly Span[]): Leaf[] {
  const below = (key: string, value: unknown): Leaf[] =>
    leavesOf(value, name === '' ? key : `${name}.${key}`, tags);
  if (isMap(node)) return node.items.flatMap((pair) => below(nameOf(pair), pair.value));
  if (isSeq(node)) return node.items.flatMap((item, index) => below(String(index), item));
  if (isAlias(node)) return [[name, { unseen: 'set' }]];
  if (!isScalar(node)) return [[name, '']];
  const [start, end] = spanOf(node);
  if (tags.some((tag) => tag[0] < end && start < tag[1])) return [[name, { unseen: 'set' }]];
  return [[name, textOf(node)]];
}

/** As it is written: 0123 is no number to whoever wrote it as a token. */
function textOf({ value, source }: Scalar): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : (source ?? JSON.stringify(value));
}
