import { parseXml, XmlElement, XmlError, type XmlNode } from '@rgrove/parse-xml';
import type { AgentSettings } from '../../agent-settings.js';
import { FormProblem, type Form } from './form.js';
import { eolOf, indentAt, spliced, type Span } from './text.js';

/**
 * The appSettings of a Web.config, or a file of its own that has them as its root. Keys are the same in either case,
 * and of several the last one counts.
 */
export function xmlForm(key: string): Form {
  return {
    read: (text) => {
      const entry = entryIn(text, key);
      return entry === undefined ? undefined : entry.attributes['value'];
    },
    write: (text, token) => {
      const entry = entryIn(text, key);
      return entry === undefined ? added(text, key, token) : spliced(text, ...valueSpan(text, entry, token));
    },
    rest: (text) => restOf(text, key),
  };
}

function settingsIn(text: string): XmlElement {
  const root = documentOf(text).root;
  const settings =
    root?.name === 'appSettings'
      ? [root]
      : elementsOf(root).filter(({ name }) => root?.name === 'configuration' && name === 'appSettings');
  const [only] = settings;
  if (only === undefined || settings.length > 1) {
    throw new FormProblem(
      only === undefined ? 'has no <appSettings> in its <configuration>' : 'has several <appSettings>',
      'Give a Web.config with one, or a file with <appSettings> as its root.',
    );
  }
  for (const attribute of ['configSource', 'configProtectionProvider', 'file']) {
    if (only.attributes[attribute] === undefined) continue;
    throw new FormProblem(
      `has its <appSettings> elsewhere (${attribute}), which would win over what is written here`,
      'Deliver to that file.',
    );
  }
  return only;
}

function entryIn(text: string, key: string): XmlElement | undefined {
  const elements = elementsOf(settingsIn(text));
  const at = elements.findLastIndex((each) => each.name === 'add' && isKey(each, key));
  const undone = elements.findLastIndex(
    (each) => each.name === 'clear' || (each.name === 'remove' && isKey(each, key)),
  );
  if (at >= 0 && undone > at) {
    throw new FormProblem(`takes ${key} away again by <${elements[undone]?.name}>`, 'Remove that element.');
  }
  return elements[at];
}

function isKey(element: XmlElement, key: string): boolean {
  return element.attributes['key']?.toLowerCase() === key.toLowerCase();
}

function restOf(text: string, key: string): AgentSettings {
  const { root } = documentOf(text);
  const own = elementsOf(settingsIn(text))
    .filter((each) => each.name === 'add' && !isKey(each, key))
    .map((each) => [each.attributes['key'] ?? '', each.attributes['value'] ?? ''] as const);
  // Under names that no setting has: everything else in the document, to be compared.
  const others = elementsBelow(root).filter((each) => !(each.name === 'add' && isKey(each, key)));
  const shape = others.map(
    (each, index) => [`<${index}>`, JSON.stringify([each.name, each.attributes])] as const,
  );
  return new Map([...shape, ...own]);
}

/** Where the value stands within the element's start tag, and what is to stand there. */
function valueSpan(text: string, entry: XmlElement, token: string): [Span, string] {
  const attribute = /\s([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
  const tag = text.slice(entry.start, entry.end);
  for (const match of tag.matchAll(attribute)) {
    if (match[1] !== 'value') continue;
    const end = entry.start + match.index + match[0].length - 1;
    const length = (match[2] ?? match[3] ?? '').length;
    return [[end - length, end], escaped(token)];
  }
  const name = entry.start + '<add'.length;
  return [[name, name], ` value="${escaped(token)}"`];
}

function added(text: string, key: string, token: string): string {
  const settings = settingsIn(text);
  const before = elementsOf(settings).at(-1);
  const element = `<add key="${escaped(key)}" value="${escaped(token)}" />`;
  if (before === undefined) {
    throw new FormProblem(
      'has nothing in its <appSettings>, so that no agent is set up there',
      `Add ElasticApm:ServerUrl, and ${key} with any value.`,
    );
  }
  return spliced(text, [before.end, before.end], `${eolOf(text)}${indentAt(text, before.start)}${element}`);
}

function escaped(token: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return token.replaceAll(/[&<>"']/g, (each) => names[each] ?? each);
}

function documentOf(text: string) {
  try {
    return parseXml(text, { includeOffsets: true });
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw new FormProblem(
      `is no XML document: an error in line ${error.line}`,
      'Correct it; its reader would not load it either.',
    );
  }
}

function elementsOf(element: XmlElement | null): XmlElement[] {
  return (element?.children ?? []).filter(isElement);
}

function elementsBelow(element: XmlElement | null): XmlElement[] {
  return element === null ? [] : [element, ...elementsOf(element).flatMap(elementsBelow)];
}

function isElement(node: XmlNode): node is XmlElement {
  return node instanceof XmlElement;
}
