/**
 * The message of a schema issue is what was expected there; each further line is a hint (the n-th hint belongs to the
 * n-th unknown key, where there are several). Findings are made from it in issues.ts.
 */
export function phrase(expected: string, hints: readonly string[] = []): string {
  return [expected, ...hints].join('\n');
}

export function splitPhrase(message: string): { expected: string; hints: readonly string[] } {
  const [expected = '', ...hints] = message.split('\n');
  return { expected, hints };
}

/** The known word that is at most two slips away (one for words under five letters), or `undefined`. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  const limit = word.length < 5 ? 1 : 2;
  const near = known
    .map((candidate) => ({ candidate, slips: slipsBetween(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ slips }) => slips <= limit);
  near.sort((a, b) => a.slips - b.slips);
  return near[0]?.candidate;
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function slipsBetween(a: string, b: string): number {
  const rows = [...Array(a.length + 1).keys()].map((i) => [i, ...Array<number>(b.length).fill(0)]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let j = 1; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      rows[i]![j] = Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1);
    }
  }
  return at(a.length, b.length);
}
