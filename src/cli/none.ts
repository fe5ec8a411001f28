/** As they were typed, by the name of the option; undefined and false: not given. */
type Filters = Readonly<Record<string, string | boolean | undefined>>;

/** For a list that is empty: that there is nothing of its kind, or nothing that matches what was asked for. */
export function noneOf(kind: string, filters: Filters = {}): string {
  const given = Object.entries(filters).flatMap(([option, value]) => {
    if (value === undefined || value === false) return [];
    return [value === true ? `--${option}` : `--${option} ${value}`];
  });
  return given.length === 0 ? `there are no ${kind}` : `no ${kind} match ${given.join(' and ')}`;
}
