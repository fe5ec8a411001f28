import { httpStatusOf, type Code } from '../../rotation/errors.js';
import { pages, titleOf } from './page.js';

/** The same as the Markdown says, without a style or a script: nothing else may run on a page of the API. */
export function htmlOf(code: Code): string {
  const { means, todo } = pages[code];
  const title = titleOf(code);
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} – Rotor</title></head>`,
    '<body>',
    `<h1>${title}</h1>`,
    `<p><code>${code}</code>, status ${httpStatusOf(code)}</p>`,
    `<p>${marked(means)}</p>`,
    '<p>What to do:</p>',
    `<ul>${todo.map((one) => `<li>${marked(one)}</li>`).join('')}</ul>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function marked(text: string): string {
  const escaped = text.replaceAll(/[&<>"]/g, (found) => ENTITIES[found] ?? '');
  return escaped.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
