import type { Journal, StartRequest } from '../journal/journal.js';
import { modeOfRetry, refusalOf, targetsToRetry, type Wish } from '../rotation/asking.js';
import { RotorError } from '../rotation/errors.js';
import type { Run } from '../rotation/run.js';
import type { Rotations } from './rotations.js';

type Said = { readonly reason: string; /** Who. */ readonly by: string };

/**
 * What a person may ask of one run: to try again, or a decision that no rule can take. The same `request`, sent again,
 * gets the run that it got before, and nothing is asked twice.
 */
export class Asking {
  constructor(
    private readonly journal: Journal,
    private readonly rotations: Rotations,
  ) {}

  /** Returns the run that goes on: another one where this one has ended. */
  async retry(id: string, said: Said, request?: StartRequest): Promise<Run> {
    const before = await this.rotations.startedBy(request);
    if (before) return before;
    const run = await this.#find(id);
    if (run.state.state !== 'ended') return this.ask(id, 'retry', said, request);
    const mode = modeOfRetry(run);
    if (mode === undefined) {
      throw new RotorError('not_possible', `${id} has succeeded: there is nothing to try again`, {
        hint: `Start another one with \`rotor rotate ${run.rotation}\`.`,
        effect: 'not_applied',
      });
    }
    const reason = `again after ${id}: ${said.reason}`;
    const { planned } = run;
    const trigger = { kind: 'api', reason, by: said.by } as const;
    return this.rotations.start(run.rotation, mode, trigger, {
      // What the plan was to replace has been replaced where only the deliveries are left.
      ...(planned && mode !== 'adopt' && { planned }),
      // Its token is current: whoever has it is left alone, though that be everybody.
      ...(run.state.outcome === 'partial' && { only: this.#targetsBehind(run) }),
      ...(request && { request }),
    });
  }

  /** One that has left the config cannot be delivered to any more. */
  #targetsBehind(run: Run): string[] {
    const behind = new Set(targetsToRetry(run));
    return this.rotations.targetsOf(run.rotation).flatMap(({ name }) => (behind.has(name) ? [name] : []));
  }

  /** Throws `not_possible` with the reason why, and `not_found`. */
  async ask(id: string, what: Wish, said: Said, request?: StartRequest): Promise<Run> {
    const mayAsk = (run: Run): void => {
      const refusal = refusalOf(run, what);
      if (refusal !== undefined) throw new RotorError('not_possible', refusal, { effect: 'not_applied' });
    };
    return this.journal.ask(id, { what, ...said }, mayAsk, request);
  }

  async #find(id: string): Promise<Run> {
    const run = await this.journal.find(id);
    if (!run) throw new RotorError('not_found', `there is no run ${JSON.stringify(id)}`);
    return run;
  }
}
