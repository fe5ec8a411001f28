/** A seeded stream of values: the same seed and the same calls give the same world. */
export type Random = {
  /** In [0, 1). */
  next(): number;
  int(maxExclusive: number): number;
  hex(length: number): string;
  base62(length: number): string;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
  /** A stream of its own, decided by the seed and the name alone: what one part draws moves no other part's values. */
  fork(name: string): Random;
};

const HEX = '0123456789abcdef';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export function createRandom(seed: number): Random {
  const next = mulberry32(seed);
  const int = (maxExclusive: number): number => Math.floor(next() * maxExclusive);
  const draw = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(int(alphabet.length))).join('');
  return {
    next,
    int,
    hex: (length) => draw(HEX, length),
    base62: (length) => draw(BASE62, length),
    pick: (items) => pick(items, int),
    shuffle: (items) => shuffle(items, int),
    fork: (name) => createRandom(seedOf(seed, name)),
  };
}

/** A version 4 UUID drawn from the stream. */
export function uuid(random: Random): string {
  const digits = random.hex(30);
  const variant = random.pick(['8', '9', 'a', 'b']);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(12, 15)}`,
    `${variant}${digits.slice(15, 18)}`,
    digits.slice(18, 30),
  ].join('-');
}

function pick<T>(items: readonly T[], int: (maxExclusive: number) => number): T {
  const item = items[int(items.length)];
  if (items.length === 0 || item === undefined)
    throw new Error('random.pick was given no items to pick from');
  return item;
}

function shuffle<T>(items: readonly T[], int: (maxExclusive: number) => number): T[] {
  const rest = [...items];
  const shuffled: T[] = [];
  while (rest.length > 0) shuffled.push(...rest.splice(int(rest.length), 1));
  return shuffled;
}

/** https://github.com/bryc/code/blob/master/jshash/PRNGs.md: 32 bits of state suffice, nothing here is a secret. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a over the name, started from the seed. */
function seedOf(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of Buffer.from(name, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
