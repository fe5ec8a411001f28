import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import type { ConfigFinding } from './findings.js';
import { tabIndented } from './tabs.js';

export type Path = readonly PropertyKey[];
export type Place = { readonly line: number; readonly column: number };

export type YamlFault = Words & { readonly path: Path; readonly place: Place };

/** A YAML document whose values know where they were written. */
export class YamlSource {
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  readonly #text: string;
  readonly file: string;

  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, stringKeys: true });
  }

  get isEmpty(): boolean {
    const { contents } = this.#document;
    return contents === null || (isScalar(contents) && contents.value === null);
  }

  /** Whether the values can be read; a key that is there twice does not hinder that. */
  get isReadable(): boolean {
    const { errors } = this.#document;
    return errors.every(({ code }) => code === 'DUPLICATE_KEY') && this.#danglingAliases().length === 0;
  }

  /** What is wrong with the YAML itself. */
  get faults(): YamlFault[] {
    const { errors, warnings } = this.#document;
    const dangling = this.#danglingAliases().map((offset) => this.#fault('BAD_ALIAS', offset));
    const faults = [
      ...[...errors, ...warnings].map((error) => this.#fault(kindOf(error), error.pos[0])),
      ...dangling,
    ];
    return this.isReadable ? faults : withoutAftermath(faults, tabIndented(this.#text));
  }

  /** The plain value. Throws where aliases multiply without end. */
  value(): unknown {
    return this.#document.toJS();
  }

  /** Where the value at `path` begins; where there is none, the nearest thing around it. */
  placeOf(path: Path): Place {
    return this.#placeAt(this.#find(path).offset);
  }

  /** Where the last key of `path` is written. */
  placeOfKey(path: Path): Place {
    return this.#placeAt(this.#find(path).keyOffset);
  }

  #fault(code: string, offset: number): YamlFault {
    return {
      place: this.#placeAt(offset),
      path: code === 'DUPLICATE_KEY' ? pathOfKey(this.#document.contents, offset) : [],
      ...(FAULTS[code] ?? { found: 'what is not YAML', expected: 'YAML 1.2' }),
    };
  }

  /** `yaml` finds these only while it makes plain values, and then without a place. */
  #danglingAliases(): number[] {
    const offsets: number[] = [];
    visit(this.#document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.#document) === undefined) offsets.push(offsetOf(alias) ?? 0);
      },
    });
    return offsets;
  }

  #find(path: Path): { offset: number; keyOffset: number } {
    let node: Node | null = this.#document.contents;
    let keyOffset = offsetOf(node) ?? 0;
    let offset = keyOffset;
    for (const step of path) {
      const next = childOf(isAlias(node) ? (node.resolve(this.#document) ?? null) : node, step);
      if (next === undefined) break;
      node = next.value;
      keyOffset = next.keyOffset ?? offsetOf(node) ?? offset;
      offset = offsetOf(node) ?? keyOffset;
    }
    return { offset, keyOffset };
  }

  #placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** `yaml` has one code for a quote that is missing and for a line of a list that is indented as nothing in it. */
function kindOf({ code, message }: YAMLError): string {
  return message.startsWith('Sequence item without - indicator') ? 'NO_ITEM' : code;
}

/** Of a tab in the indentation nothing that comes after it tells anything: one fault instead of dozens. */
function withoutAftermath(faults: readonly YamlFault[], tabs: readonly number[]): YamlFault[] {
  const first = Math.min(...faults.map(({ place }) => place.line));
  const at = tabs.findIndex((line) => Math.abs(line - first) <= 1);
  const line = tabs[at];
  if (line === undefined) return [...faults];
  const more = tabs.length - at - 1;
  const also = more === 0 ? '' : `, and in ${more === 1 ? 'one more line' : `${more} more lines`}`;
  return [
    {
      place: { line, column: 1 },
      path: [],
      found: `a tab in the indentation of line ${line}${also}`,
      expected: 'spaces, as YAML allows no tabs for indentation',
    },
  ];
}

function childOf(
  node: Node | null,
  step: PropertyKey,
): { value: Node | null; keyOffset?: number } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return isNode(item) ? { value: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  // Of a key that is there twice, toJS keeps the last.
  const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(step));
  if (pair === undefined) return undefined;
  const keyOffset = offsetOf(pair.key);
  return { value: isNode(pair.value) ? pair.value : null, ...(keyOffset !== undefined && { keyOffset }) };
}

/** The path of the key that begins at `offset`, of a key that is there twice as well. */
function pathOfKey(node: unknown, offset: number): Path {
  if (!isCollection(node)) return [];
  for (const [index, item] of node.items.entries()) {
    const isKeyed = isPair(item);
    const step = isKeyed && isScalar(item.key) ? String(item.key.value) : index;
    if (isKeyed && offsetOf(item.key) === offset) return [step];
    const below = pathOfKey(isKeyed ? item.value : item, offset);
    if (below.length > 0) return [step, ...below];
  }
  return [];
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

type Words = Pick<ConfigFinding, 'found' | 'expected' | 'hint'>;

/** In Rotor's words by the codes of `yaml`: its own messages quote the file, which may hold a secret. */
const FAULTS: Readonly<Partial<Record<string, Words>>> = {
  BAD_ALIAS: { found: 'an alias without its anchor', expected: 'an anchor before it, such as &name' },
  BAD_DQ_ESCAPE: { found: 'a backslash that escapes nothing', expected: 'a known escape, or single quotes' },
  BAD_INDENT: {
    found: 'a line that is indented wrongly, or a bracket that is not closed',
    expected: 'the indentation of its neighbours',
  },
  BAD_SCALAR_START: { found: 'a text that begins with a reserved character', expected: 'quotes around it' },
  BLOCK_AS_IMPLICIT_KEY: {
    found: 'a mapping inside one line',
    expected: 'quotes around a text with ": " in it',
  },
  BLOCK_IN_FLOW: { found: 'an indented block inside brackets', expected: 'a value in brackets or quotes' },
  DUPLICATE_KEY: { found: 'a key that is already there', expected: 'each key once in a mapping' },
  MISSING_CHAR: { found: 'a missing character', expected: 'a closing quote or bracket, a comma or a colon' },
  MULTILINE_IMPLICIT_KEY: {
    found: 'a key over several lines',
    expected: 'a colon after the key, on its line',
  },
  MULTIPLE_DOCS: { found: 'a second document', expected: 'one document, without ---' },
  NO_ITEM: {
    found: 'a line that is indented as neither an item of the list nor a field of one',
    expected: 'a hyphen before an item, or the indentation of the fields of one',
  },
  NON_STRING_KEY: { found: 'a key that is not a text', expected: 'a text as key, in quotes where needed' },
  TAB_AS_INDENT: { found: 'a tab', expected: 'spaces as indentation' },
  TAG_RESOLVE_FAILED: { found: 'a tag that has no meaning here', expected: 'no tag' },
  UNEXPECTED_TOKEN: {
    found: 'something that does not belong here',
    expected: 'a key, a value or a line break',
  },
};
