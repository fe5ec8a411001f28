import type { Journal } from '../journal/journal.js';
import { modeOfRetry, refusalOf, type Wish } from '../rotation/asking.js';
import { RotorError } from '../rotation/errors.js';
import type { Run } from '../rotation/run.js';
import type { Rotations } from './rotations.js';

/** What a person may ask of one run: to try again, or a decision that no rule can take. */
export class Asking {
  constructor(
    private readonly journal: Journal,
    private readonly rotations: Rotations,
  ) {}

  /** Returns the run that goes on: another one where this one has ended. */
  async retry(id: string, reason: string): Promise<Run> {
    const run = await this.#find(id);
    if (run.state.state !== 'ended') return this.ask(id, 'retry', reason);
    const mode = modeOfRetry(run);
    if (mode === undefined) {
      throw new RotorError('not_possible', `${id} has succeeded: there is nothing to try again`, {
        hint: `Start another one with \`rotor rotate ${run.rotation}\`.`,
        effect: 'not_applied',
      });
    }
    return this.rotations.start(run.rotation, mode, { kind: 'api', reason: `again after ${id}: ${reason}` });
  }

  /** Throws `not_possible` with the reason why, and `not_found`. */
  async ask(id: string, what: Wish, reason: string): Promise<Run> {
    return this.journal.ask(id, { what, reason }, (run) => {
      const refusal = refusalOf(run, what);
      if (refusal !== undefined) throw new RotorError('not_possible', refusal, { effect: 'not_applied' });
    });
  }

  async #find(id: string): Promise<Run> {
    const run = await this.journal.find(id);
    if (!run) throw new RotorError('not_found', `there is no run ${JSON.stringify(id)}`);
    return run;
  }
}
