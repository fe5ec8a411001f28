import type { Act } from '../journal/act.js';
import type { Journal, StartRequest } from '../journal/journal.js';
import type { Clock } from '../rotation/clock.js';
import { activePause } from '../rotation/schedule/holds.js';
import type { Pause } from '../rotation/schedule/policy.js';
import { assertEnd } from './refusals.js';
import type { RotationDetail } from './rotation-view.js';
import type { Rotations } from './rotations.js';

/** Holds the runs of a rotation back, and lets them go. The same request, sent again, gets the same answer and does nothing. */
export class Pauses {
  constructor(
    private readonly rotations: Pick<Rotations, 'detail' | 'targetsOf'>,
    private readonly journal: Pick<Journal, 'act' | 'actOnce' | 'answers' | 'histories'>,
    private readonly clock: Clock,
  ) {}

  /**
   * No run is started before its end, or before somebody resumes; one that is under way goes on. Throws `not_found`,
   * and `request_invalid` for an end that is over.
   */
  async pause(
    name: string,
    pause: Pause & { readonly by: string },
    request?: StartRequest,
  ): Promise<RotationDetail> {
    return this.#once(name, request, async () => {
      assertEnd(pause.until, this.clock.now());
      return { what: 'pause', rotation: name, ...pause };
    });
  }

  /** Where there is no pause, nothing is said of it either. Throws `not_found`. */
  async resume(
    name: string,
    said: { readonly reason: string; readonly by: string },
    request?: StartRequest,
  ): Promise<RotationDetail> {
    return this.#once(name, request, async () => {
      const history = (await this.journal.histories([name])).get(name);
      const isPaused = history !== undefined && activePause(history, this.clock.now()) !== undefined;
      return isPaused ? { what: 'resume', rotation: name, ...said } : undefined;
    });
  }

  async #once(
    name: string,
    request: StartRequest | undefined,
    acting: () => Promise<Act | undefined>,
  ): Promise<RotationDetail> {
    const { journal, rotations } = this;
    // Throws where the config declares no such rotation.
    rotations.targetsOf(name);
    const isKnown = request !== undefined && (await journal.answers.isKnown(request));
    if (!isKnown) await this.#do(await acting(), request);
    const detail = await rotations.detail(name);
    if (!request) return detail;
    // The first answer, where there is one.
    return JSON.parse(await journal.answers.keep(request, JSON.stringify(detail))) as RotationDetail;
  }

  async #do(act: Act | undefined, request: StartRequest | undefined): Promise<void> {
    if (request) await this.journal.actOnce(act, request);
    else if (act) await this.journal.act(act);
  }
}
