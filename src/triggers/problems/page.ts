import { httpStatusOf, type Code } from '../../rotation/errors.js';
import { approvalPages } from './approval-pages.js';
import { requestPages } from './request-pages.js';
import { rotationPages } from './rotation-pages.js';
import { upstreamPages } from './upstream-pages.js';

/** What is said of one kind of problem, in the form of Markdown. */
export type Page = {
  readonly means: string;
  /** What helps, the likeliest first. */
  readonly todo: readonly string[];
};

export const pages: Readonly<Record<Code, Page>> = {
  ...requestPages,
  ...approvalPages,
  ...upstreamPages,
  ...rotationPages,
};

/** In the order in which they are declared. */
export const codes = Object.keys(pages) as readonly Code[];

export function slugOf(code: Code): string {
  return code.replaceAll('_', '-');
}

export function titleOf(code: Code): string {
  return code.replaceAll('_', ' ');
}

/** The page of this slug, or undefined. */
export function codeOfSlug(slug: string): Code | undefined {
  return codes.find((code) => slugOf(code) === slug);
}

/** The `type` of a problem, which leads to its page. `baseUrl`: where people reach the API; '': nobody has said. */
export function typeOf(code: Code, baseUrl: string): string {
  return `${baseUrl}/problems/${slugOf(code)}`;
}

/** One line of the list of all. */
export function summaryOf(code: Code, baseUrl: string) {
  const type = typeOf(code, baseUrl);
  return { type, code, title: titleOf(code), status: httpStatusOf(code), means: pages[code].means };
}

export function markdownOf(code: Code, heading = '#'): string {
  const { means, todo } = pages[code];
  return [
    `${heading} ${titleOf(code)}`,
    '',
    `\`${code}\`, status ${httpStatusOf(code)}`,
    '',
    means,
    '',
    'What to do:',
    '',
    ...todo.map((one) => `- ${one}`),
    '',
  ].join('\n');
}
