import {
  findNodeAtLocation,
  modify,
  applyEdits,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { FormProblem, type Form } from './form.js';
import { eolOf, lineOf, spliced } from './text.js';

/**
 * A JSON document that may have comments and commas at the end, as appsettings.json may. The path has colons, as .NET
 * writes it (then the case does not matter, and the whole path may also be one key), or dots.
 */
export function jsonForm(key: string): Form {
  const path = new KeyPath(key);
  return {
    read: (text) => {
      const [place] = path.placesIn(treeOf(text));
      return place === undefined ? undefined : tokenIn(place, key);
    },
    write: (text, token) => {
      const root = treeOf(text);
      const [place] = path.placesIn(root);
      if (place) return spliced(text, [place.offset, place.offset + place.length], JSON.stringify(token));
      return added(text, path.homeIn(root), token);
    },
    rest: (text) => new Map(leavesOf(treeOf(text), '', path.separator).filter(([name]) => !path.is(name))),
  };
}

class KeyPath {
  readonly separator: ':' | '.';
  readonly #parts: readonly string[];
  readonly #key: string;

  constructor(key: string) {
    this.separator = key.includes(':') ? ':' : '.';
    this.#parts = key.split(this.separator);
    this.#key = key;
  }

  /** The value, where it stands; more than one place is a fault, as is a key that stands twice. */
  placesIn(root: Node): readonly Node[] {
    const places = this.#below(root, this.#parts);
    if (places.length > 1) {
      throw new FormProblem(
        `has ${this.#key} ${places.length} times, and it is not clear which of them is read`,
        'Leave one of them.',
      );
    }
    return places;
  }

  is(name: string): boolean {
    return this.separator === ':' ? name.toLowerCase() === this.#key.toLowerCase() : name === this.#key;
  }

  /** The path under which the key is to be added: all but its last part have to be there. */
  homeIn(root: Node): readonly string[] {
    const [name = '', ...above] = this.#parts.toReversed();
    let node = root;
    const spelled: string[] = [];
    for (const part of above.toReversed()) {
      const property = propertiesOf(node).find(({ key }) => this.#same(key, part));
      if (property?.value.type !== 'object') {
        throw new FormProblem(
          `has no section ${[...spelled, part].join(this.separator)} to put the token in`,
          'Add the section with the other settings of the agent.',
        );
      }
      spelled.push(property.key);
      node = property.value;
    }
    return [...spelled, name];
  }

  #below(node: Node, parts: readonly string[]): readonly Node[] {
    if (parts.length === 0) return [node];
    const lengths = this.separator === ':' ? parts.map((_, index) => index + 1) : [1];
    return lengths.flatMap((length) => {
      const name = parts.slice(0, length).join(this.separator);
      return propertiesOf(node)
        .filter(({ key }) => this.#same(key, name))
        .flatMap(({ value }) => this.#below(value, parts.slice(length)));
    });
  }

  #same(one: string, other: string): boolean {
    return this.separator === ':' ? one.toLowerCase() === other.toLowerCase() : one === other;
  }
}

function treeOf(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error || root === undefined) {
    const what = error
      ? `${printParseErrorCode(error.error)} in line ${lineOf(text, error.offset)}`
      : 'it is empty';
    throw new FormProblem(`is no JSON document: ${what}`, 'Correct it; its reader would not load it either.');
  }
  if (root.type !== 'object')
    throw new FormProblem('is no JSON object', 'Give the file with the settings of the agent.');
  return root;
}

function propertiesOf(node: Node): readonly { readonly key: string; readonly value: Node }[] {
  if (node.type !== 'object') return [];
  return (node.children ?? []).flatMap(({ children }) => {
    const [name, value] = children ?? [];
    return value === undefined ? [] : [{ key: String(name?.value), value }];
  });
}

function tokenIn(place: Node, key: string): string | undefined {
  if (place.type === 'string') return String(place.value);
  if (place.type === 'null') return undefined;
  throw new FormProblem(`has no text at ${key} but ${place.type}`, 'Write the token there in quotes once.');
}

function leavesOf(node: Node, name: string, separator: string): [string, string][] {
  const below = (key: string | number, value: Node): [string, string][] =>
    leavesOf(value, name === '' ? String(key) : `${name}${separator}${key}`, separator);
  if (node.type === 'object') return propertiesOf(node).flatMap(({ key, value }) => below(key, value));
  if (node.type === 'array') return (node.children ?? []).flatMap((value, index) => below(index, value));
  return [[name, String(node.value)]];
}

function added(text: string, home: readonly string[], token: string): string {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    eol: eolOf(text),
    insertSpaces: !indent.includes('\t'),
    tabSize: indent.length,
  };
  const root = parseTree(text, [], { allowTrailingComma: true });
  const parent = root && findNodeAtLocation(root, home.slice(0, -1));
  if ((parent?.children?.length ?? 0) === 0 || !isTrailed(text, parent)) {
    return applyEdits(text, modify(text, [...home], token, { formattingOptions }));
  }
  return applyEdits(text, modify(text, [...home], token, { formattingOptions, getInsertionIndex: () => 0 }));
}

/** A comma stands behind the last property: what is added behind it would be behind two. */
function isTrailed(text: string, parent: Node | undefined): boolean {
  const last = parent?.children?.at(-1);
  if (last === undefined || parent === undefined) return false;
  const tail = text.slice(last.offset + last.length, parent.offset + parent.length);
  return /^(\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*,/.test(tail);
}
