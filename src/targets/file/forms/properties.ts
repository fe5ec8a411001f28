import { parseLines, type Node, type Pair } from 'dot-properties';
import type { Form } from './form.js';
import { spliced, withLine } from './text.js';

/** java.util.Properties: elasticapm.properties, gradle.properties. Of a key that stands twice, the last one counts. */
export function propertiesForm(key: string): Form {
  return {
    read: (text) => last(text, key)?.value,
    write: (text, token) => {
      const pair = last(text, key);
      if (pair === undefined) return withLine(text, `${key}${separatorIn(text)}${escaped(token)}`);
      const [, keyEnd, valueStart, valueEnd] = pair.range;
      return spliced(text, [valueStart, valueEnd], `${keyEnd === valueStart ? '=' : ''}${escaped(token)}`);
    },
    rest: (text) =>
      new Map(
        pairsOf(text)
          .filter((pair) => pair.key !== key)
          .map((pair) => [pair.key, pair.value]),
      ),
  };
}

type PlacedPair = Required<Pick<Pair, 'range'>> & Pair;

function pairsOf(text: string): readonly PlacedPair[] {
  return parseLines(text, true).filter(isPair);
}

function isPair(node: Required<Node>): node is Required<Node> & PlacedPair {
  return node.type === 'PAIR';
}

function last(text: string, key: string): PlacedPair | undefined {
  return pairsOf(text).findLast((pair) => pair.key === key);
}

/** As the other lines have it. */
function separatorIn(text: string): string {
  const [start, end] = pairsOf(text).at(-1)?.range.slice(1) ?? [];
  const separator = text.slice(start ?? 0, end ?? 0);
  return /^[ \t]*[=:][ \t]*$/.test(separator) ? separator : '=';
}

/** What java.util.Properties.store escapes; a token has no white space and nothing beyond ASCII. */
function escaped(token: string): string {
  return token.replaceAll(/[\\=:#!]/g, (each) => `\\${each}`);
}
