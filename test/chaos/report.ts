import type { Answer, Failure, Share } from './jobs.js';

/** So many that one of them should have happened: a kind that never does tests nothing. */
const ENOUGH = 50;

export function endsOf(answers: readonly Answer[]): string[] {
  const ends = new Map<string, number>();
  for (const [end, count] of answers.flatMap((answer) => Object.entries(answer.ends)))
    ends.set(end, (ends.get(end) ?? 0) + count);
  return [...ends].toSorted((a, b) => b[1] - a[1]).map(([end, count]) => `${number(count)} ${end}`);
}

export function sharesOf(answers: readonly Answer[]): Map<string, Share> {
  const shares = new Map<string, Share>();
  for (const [kind, { drawn, happened }] of answers.flatMap(({ kinds }) => Object.entries(kinds))) {
    const before = shares.get(kind) ?? { drawn: 0, happened: 0 };
    shares.set(kind, { drawn: before.drawn + drawn, happened: before.happened + happened });
  }
  return new Map([...shares].toSorted(([a], [b]) => a.localeCompare(b)));
}

export function shareLines(shares: ReadonlyMap<string, Share>): string[] {
  return [...shares].map(
    ([kind, { drawn, happened }]) => `${number(happened)} of ${String(drawn).padEnd(6)} ${kind}`,
  );
}

export function toothless(shares: ReadonlyMap<string, Share>): string[] {
  return [...shares].flatMap(([kind, { drawn, happened }]) =>
    drawn >= ENOUGH && happened === 0
      ? [`NEVER HAPPENED in ${drawn} schedules that should have it: ${kind}`]
      : [],
  );
}

/** What breaks, and the command that plays it again. */
export function tell({ seed, keep, says, harm }: Failure, flags: readonly string[]): string {
  const what = Object.entries(harm).flatMap(([kind, list]) => list.map((one) => `${kind}: ${one}`));
  const again = ['npm run chaos --', `--seed ${seed} --runs 1 --keep '${keep.join(',')}'`, ...flags].join(
    ' ',
  );
  return [`BROKEN: ${again}`, ...says.map((line) => `  ${line}`), ...what.map((line) => `  -> ${line}`)].join(
    '\n',
  );
}

function number(count: number): string {
  return String(count).padStart(6);
}
