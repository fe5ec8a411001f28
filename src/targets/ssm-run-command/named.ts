const MOST_NAMED = 10;

/** The first few of many hosts, in a sentence. */
export function named(hosts: readonly string[]): string {
  const more = hosts.length - MOST_NAMED;
  return `${hosts.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
