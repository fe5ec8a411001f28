import type { Report } from './client.js';
import { escaped, tableOf } from './markdown.js';
import * as words from './report-words.js';

/** A page for auditors, in GitHub's Markdown: https://github.github.com/gfm/#tables-extension- */
export function reportMarkdown(report: Report): string {
  const { rotations, audit } = report;
  return [
    '# Rotations of APM secret tokens',
    '',
    `Period: ${words.headlineOf(report)}. This report was ${words.madeOf(report)}; limits are those that were declared then. "Not measured" is not zero.`,
    '',
    '## Rotations',
    '',
    ...tableOf(
      ['rotation', 'runs', 'outcomes', 'modes', 'started by', 'needed a person'],
      rotations.map((one) => {
        const { total, ...outcomes } = one.runs;
        const { rotation, modes, neededPerson } = one;
        return [
          rotation,
          String(total),
          words.countsOf(outcomes),
          words.countsOf(modes),
          words.startersOf(one),
          String(neededPerson),
        ];
      }),
    ),
    '',
    '## Age of tokens',
    '',
    ...tableOf(
      ['rotation', 'new tokens', 'longest between two', 'limit', 'overdue'],
      rotations.map((one) => [
        one.rotation,
        String(one.rotations),
        words.longestOf(one),
        words.limitOf(one),
        words.overdueOf(one),
      ]),
    ),
    ...overdueList(rotations),
    ...putBackList(rotations),
    '',
    '## Interruptions and deliveries',
    '',
    ...tableOf(
      ['rotation', 'longest authentication gap', 'events lost', 'deliveries'],
      rotations.map((one) => [
        one.rotation,
        words.gapOf(one),
        words.lostOf(one),
        words.countsOf({ ...one.deliveries }),
      ]),
    ),
    ...missedList(rotations),
    ...spokenList(rotations),
    '',
    '## Audit log',
    '',
    `${words.auditOf(report)}.`,
    ...listOf(words.faultsOf(report)),
    '',
    audit.head === null ? 'No run was started in the period.' : `Head: \`${audit.head}\``,
  ].join('\n');
}

function overdueList(rotations: readonly words.Reported[]): string[] {
  return listOf(
    rotations.flatMap(({ rotation, overdue }) =>
      (overdue?.spans ?? []).map(({ from, to }) => `${rotation} was overdue from ${from} to ${to}`),
    ),
  );
}

function missedList(rotations: readonly words.Reported[]): string[] {
  return listOf(
    rotations.flatMap(({ rotation, neverConverged }) =>
      neverConverged.map(
        ({ run, target, state }) => `${rotation}: ${target} never converged in ${run} (${state})`,
      ),
    ),
  );
}

function spokenList(rotations: readonly words.Reported[]): string[] {
  const spoken = eachOf(rotations, words.spokenIn);
  return spoken.length === 0 ? [] : ['', 'By the word of a person alone:', ...listOf(spoken)];
}

/** That there was none is evidence too, of what runs have adopted: one that is replaced at once is not told of. */
function putBackList(rotations: readonly words.Reported[]): string[] {
  const tokens = eachOf(rotations, words.putBackIn);
  return tokens.length === 0
    ? ['', 'No run has adopted a token that had been replaced.']
    : ['', 'Tokens that had been replaced and were in force again:', ...listOf(tokens)];
}

function eachOf(
  rotations: readonly words.Reported[],
  sentencesOf: (one: words.Reported) => string[],
): string[] {
  return rotations.flatMap((one) => sentencesOf(one).map((sentence) => `${one.rotation}: ${sentence}`));
}

function listOf(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `- ${escaped(line)}.`)];
}
