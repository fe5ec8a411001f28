import type { Approvals, Asked } from '../../journal/approvals.js';
import type { Millis } from '../../rotation/run.js';
import type { ApprovalNeed } from './need.js';

const DAY_MS = 24 * 60 * 60_000;

/**
 * After a refusal, or where nobody has decided, the schedule asks again no sooner: who was asked has heard it. Counted
 * from when it asked, for it may have a window of every day or week alone.
 */
const ASKS_AGAIN_AFTER_MS = DAY_MS;

type Due = { readonly name: string; readonly need?: ApprovalNeed | undefined };

export type Gated<T extends Due> = {
  /** That need nobody, or were allowed, by which approval. */
  readonly ready: readonly (T & { readonly approval?: { readonly id: string } })[];
  /** That somebody has to be asked about. */
  readonly ask: readonly (T & { readonly need: ApprovalNeed })[];
};

/** Of those that are due and may start, who may start without anybody, and who has to be asked about first. */
export async function gate<T extends Due>(
  found: readonly T[],
  approvals: Pick<Approvals, 'asked'>,
  now: Millis,
): Promise<Gated<T>> {
  const needy = found.flatMap(({ name, need }) => (need ? [name] : []));
  // Where nothing needs one, which is nearly always, nothing more is read.
  const asked = needy.length === 0 ? new Map<string, Asked>() : await approvals.asked(needy);
  const ready: Gated<T>['ready'][number][] = [];
  const ask: Gated<T>['ask'][number][] = [];
  for (const one of found) {
    const { need } = one;
    const of = asked.get(one.name);
    const granted = of?.granted;
    if (!need) ready.push(one);
    else if (granted) {
      if (now < granted.expiresAt) ready.push({ ...one, approval: { id: granted.id } });
    } else if (now >= (actsFrom(of) ?? Infinity)) ask.push({ ...one, need });
  }
  return { ready, ask };
}

/**
 * From when on the schedule may start a rotation that needs an approval, where it is granted, or ask for one; undefined
 * while somebody has to decide.
 */
export function actsFrom({ pending, granted, refusedAt }: Asked = {}): Millis | undefined {
  if (granted) return granted.decidedAt ?? granted.requestedAt;
  if (pending) return undefined;
  return refusedAt === undefined ? 0 : refusedAt + ASKS_AGAIN_AFTER_MS;
}
