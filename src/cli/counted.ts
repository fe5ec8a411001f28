/** A number with its noun, for people: `1 run`, `2 runs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What the log holds, half a sentence. */
export function loggedOf(log: {
  readonly runs: number;
  readonly entries: number;
  readonly acts: number;
}): string {
  const { runs, entries, acts } = log;
  return [
    counted(runs, 'run'),
    counted(entries, 'entry', 'entries'),
    counted(acts, 'act of people', 'acts of people'),
  ].join(', ');
}
