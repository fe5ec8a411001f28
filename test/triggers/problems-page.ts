import { codes, markdownOf } from '../../src/triggers/problems/page.js';
import { words } from '../../src/triggers/problems/words.js';

export const PAGE = new URL('../../docs/problems.md', import.meta.url);

const HEAD = `# Problems, and what to do

Made by \`npm run problems-page\`. \`GET /problems\` lists them. The service answers each of these at \`GET /problems/<slug>\`, where the \`type\` of a problem leads, and \`rotor explain CODE\` prints it.
`;

const WORDS = `# Words for rotations, runs and deliveries

What \`rotor status\` and \`rotor watch\` say; \`rotor explain WORD\` prints it.
`;

/** docs/problems.md as it ought to be. */
export function problemsPage(): string {
  const told = Object.entries(words).map(([word, { means, todo }]) =>
    `- **${word.replaceAll('_', ' ')}**: ${means} ${todo.filter((one) => one !== 'Nothing.').join(' ')}`.trimEnd(),
  );
  const problems = codes.map((code) => markdownOf(code, '##'));
  return `${[HEAD, ...problems, WORDS.replace('# ', '## '), told.join('\n')].join('\n').trimEnd()}\n`;
}
