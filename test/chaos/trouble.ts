import type { EntryOf, LedgerKind } from '../../src/sandbox/ledger.js';
import type { World } from '../simulation/world.js';

/** One thing that goes wrong. */
export type Trouble = {
  /** What is counted over a campaign: each kind has to happen in it. */
  readonly kind: string;
  readonly says: string;
  /** Arranges it before the run. What is returned tells how often it has happened by then. */
  readonly strike: (world: World) => () => number;
};

/** Something that somebody or something does after a while; counted where a run is under way then. */
export function after(ms: number, act: (world: World) => void): Trouble['strike'] {
  return (world) => {
    let happened = 0;
    setTimeout(() => {
      if (world.isUnderWay) happened += 1;
      act(world);
    }, ms);
    return () => happened;
  };
}

/** Entries of the ledger from now on. */
export function counted<K extends LedgerKind>(
  world: World,
  kind: K,
  counts: (entry: EntryOf<K>) => boolean = () => true,
): () => number {
  let happened = 0;
  world.when(kind, (entry) => {
    if (counts(entry)) happened += 1;
  });
  return () => happened;
}
