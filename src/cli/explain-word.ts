import { closestWord } from '../config/phrase.js';
import { codeNamed, httpStatusOf, RotorError } from '../rotation/errors.js';
import { codes, pages, slugOf } from '../triggers/problems/page.js';
import { words } from '../triggers/problems/words.js';
import { show, type Output } from './output.js';

/** As it is written in any of its places: `not_possible`, `not possible`, `/problems/not-possible`. */
function named(text: string): string {
  return text
    .replace(/^.*\/problems\//, '')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
}

/** Says what a code of a problem means, or a word for what became of a run; undefined where it is neither. */
export async function explainWord(text: string, options: Output): Promise<number | undefined> {
  const name = named(text);
  const code = codeNamed(name);
  const page = code
    ? pages[code]
    : Object.hasOwn(words, name)
      ? words[name as keyof typeof words]
      : undefined;
  if (!page) {
    // Fields of the config are written in another way.
    const meant =
      name.includes('_') && name === text ? closestWord(name, [...codes, ...Object.keys(words)]) : undefined;
    if (meant === undefined) return undefined;
    throw new RotorError('not_found', `no problem or outcome is called ${text}`, {
      hint: `The nearest one is ${meant}.`,
    });
  }
  const about = code
    ? { code, type: `/problems/${slugOf(code)}`, status: httpStatusOf(code), ...page }
    : { word: name, ...page };
  await show(about, options, { table: () => textOf(name, page), names: () => [name] });
  return 0;
}

function textOf(name: string, { means, todo }: { means: string; todo: readonly string[] }): string {
  return [name, `  ${means}`, '', '  what to do:', ...todo.map((one) => `  - ${one}`)].join('\n');
}
