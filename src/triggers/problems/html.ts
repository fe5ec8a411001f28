import { httpStatusOf, type Code } from '../../rotation/errors.js';
import { codes, pages, slugOf, titleOf } from './page.js';

/** All of them, each with the way to its page: relative, for a service that has a path before it. */
export function indexHtml(): string {
  const line = (code: Code): string =>
    `<li><a href="problems/${slugOf(code)}">${titleOf(code)}</a> (${httpStatusOf(code)}): ${marked(pages[code].means)}</li>`;
  return document('Problems', ['<h1>Problems</h1>', `<ul>${codes.map(line).join('\n')}</ul>`]);
}

/** The same as the Markdown says, without a style or a script: nothing else may run on a page of the API. */
export function htmlOf(code: Code): string {
  const { means, todo } = pages[code];
  const title = titleOf(code);
  return document(title, [
    `<h1>${title}</h1>`,
    `<p><code>${code}</code>, status ${httpStatusOf(code)}</p>`,
    `<p>${marked(means)}</p>`,
    '<p>What to do:</p>',
    `<ul>${todo.map((one) => `<li>${marked(one)}</li>`).join('')}</ul>`,
    '<p><a href="../problems">All problems</a></p>',
  ]);
}

function document(title: string, body: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} – Rotor</title></head>`,
    '<body>',
    ...body,
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
