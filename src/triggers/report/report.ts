import type { z } from 'zod';
import { iso } from '../../events/iso.js';
import type { Archive, Before, Period } from '../../journal/archive.js';
import type { AuditReport } from '../../journal/journal.js';
import type { Clock } from '../../rotation/clock.js';
import { RotorError } from '../../rotation/errors.js';
import { packageVersion } from '../../version.js';
import { hasLabels, parseLabels } from '../access/grant.js';
import type { Report as Answer } from '../api/answers/index.js';
import type { DeclaredRotation } from '../rotations.js';
import { Tally, type Told } from './tally.js';

export type Report = z.output<typeof Answer>;

type Asked = Period & { readonly selector?: string };

/** What has become of every rotation in a period, and whether the log of it holds together. */
export class Reporter {
  constructor(
    private declared: readonly DeclaredRotation[],
    private readonly archive: Archive,
    private readonly clock: Clock,
  ) {}

  use(declared: readonly DeclaredRotation[]): void {
    this.declared = declared;
  }

  /**
   * Reads the runs of the period one after the other and keeps none of them. Stops with the signal; throws
   * `request_invalid` for a period that is none, or has not begun, and `not_found` where no rotation has the labels.
   */
  async report({ from, to, selector }: Asked, signal: AbortSignal): Promise<Report> {
    const now = this.clock.now();
    assertPeriod({ from, to }, now);
    const before = await this.archive.before({ from, to });
    const tallies = this.#tallies({ from, to, now }, before, selector);
    for await (const past of this.archive.startedIn({ from, to })) {
      assertAwaited(signal);
      tallies.of(past.run.rotation)?.add(past);
    }
    const audit = await this.archive.verify({ from, to });
    assertAwaited(signal);
    return {
      period: { from: iso(from), to: iso(to), isOver: now >= to, timezone: 'UTC' },
      madeAt: iso(now),
      madeBy: { product: 'rotor', version: packageVersion() },
      selector: selector ?? null,
      rotations: tallies.views(),
      audit: auditView(audit),
    };
  }

  /** Without a selector also of those that have left the config: their runs are in the log. */
  #tallies(
    period: Period & { readonly now: number },
    before: readonly Before[],
    selector: string | undefined,
  ) {
    const wanted = selector === undefined ? undefined : parseLabels(selector);
    const byName = new Map(before.map((one) => [one.rotation, one]));
    const made = new Map<string, Tally>();
    const make = (told: Told): Tally => {
      const tally = new Tally(told, period, byName.get(told.name));
      made.set(told.name, tally);
      return tally;
    };
    const declared = this.declared.filter(({ labels }) => hasLabels(labels, wanted ?? {}));
    if (declared.length === 0) throw new RotorError('not_found', `no rotation has the labels ${selector}`);
    for (const { name, labels, due, drivenBy } of declared)
      make({ name, labels, due, isDriven: drivenBy !== undefined });
    const gone = (name: string): Told => ({ name, labels: null, due: undefined, isDriven: false });
    return {
      of: (name: string) => made.get(name) ?? (wanted ? undefined : make(gone(name))),
      views: () => [...made.values()].map((tally) => tally.view()),
    };
  }
}

function assertAwaited({ aborted }: AbortSignal): void {
  if (aborted) throw new RotorError('not_possible', 'nobody waits for the report any more');
}

function assertPeriod({ from, to }: Period, now: number): void {
  if (from >= to)
    throw new RotorError(
      'request_invalid',
      `the period ends at ${iso(to)}, which is not after its beginning`,
    );
  if (from > now)
    throw new RotorError('request_invalid', `the period begins at ${iso(from)}, which is to come`);
}

function auditView({ runs, entries, acts, head, faults }: AuditReport): Report['audit'] {
  return { holds: faults.length === 0, runs, entries, acts, head, faults: [...faults] };
}
