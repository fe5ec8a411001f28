import pLimit from 'p-limit';

/** AWS counts the requests of an account, and others need some as well. */
const AT_ONCE = 10;

/** In the order of the items. */
export async function each<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  return pLimit(AT_ONCE).map(items, work);
}
