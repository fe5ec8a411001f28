import type { Journal, StartRequest } from '../journal/journal.js';
import { modeOfRetry, refusalOf, targetsToRetry, type Wish } from '../rotation/asking.js';
import { refusalOfDelivery, type DeliveryWish } from '../rotation/asking-deliveries.js';
import type { Delivery } from '../rotation/delivery.js';
import { RotorError } from '../rotation/errors.js';
import type { Run } from '../rotation/run.js';
import type { Rotations } from './rotations.js';

type Said = { readonly reason: string; /** Who. */ readonly by: string };
type Retrying = Said & {
  /** Throws where whoever asks may start no emergency of this rotation. */
  readonly assertEmergency: (rotation: string) => Promise<void>;
};
type OfDelivery = { readonly what: DeliveryWish; readonly target: string };

/**
 * What a person may ask of one run: to try again, or a decision that no rule can take. The same `request`, sent again,
 * gets the run that it got before, and nothing is asked twice.
 */
export class Asking {
  constructor(
    private readonly journal: Journal,
    private readonly rotations: Rotations,
  ) {}

  /** Returns the run that goes on: another one where this one has ended, an emergency again where this was one. */
  async retry(id: string, { assertEmergency, ...said }: Retrying, request?: StartRequest): Promise<Run> {
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
    const { planned, rotation } = run;
    const trigger = { kind: 'api', reason, by: said.by } as const;
    const isEmergency = mode === 'rotate' && run.trigger.emergency !== undefined;
    if (isEmergency) await assertEmergency(rotation);
    return this.rotations.start(rotation, isEmergency ? 'emergency' : mode, trigger, {
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
    const mayAsk = (run: Run): void => refuse(refusalOf(run, what));
    return this.journal.ask(id, { what, ...said }, mayAsk, request);
  }

  /**
   * Of one target of a run; returns the run that answers: another one where this one has ended. Throws `not_possible`
   * with the reason why, and `not_found`.
   */
  async ofDelivery(
    id: string,
    { what, target }: OfDelivery,
    said: Said,
    request?: StartRequest,
  ): Promise<Run> {
    const before = await this.rotations.startedBy(request);
    if (before) return before;
    const run = await this.#find(id);
    if (run.state.state === 'ended') return this.#afterEnd(run, { what, target }, said, request);
    const mayAsk = (now: Run): void => refuse(refusalOfDelivery(now, what, deliveryOf(now, target)));
    return this.journal.ask(id, { what, target, ...said }, mayAsk, request);
  }

  async #afterEnd(
    run: Run,
    { what, target }: OfDelivery,
    said: Said,
    request: StartRequest | undefined,
  ): Promise<Run> {
    const { id, rotation } = run;
    const delivery = deliveryOf(run, target);
    refuse(refusalOfDelivery(run, what, delivery));
    const newest = await this.journal.lastSettled(rotation);
    if (newest && newest.id !== id) {
      if (what === 'ack')
        refuse(
          `${newest.id} has delivered since then: \`rotor ack ${newest.id} ${target} --reason …\` says it of that run`,
        );
      const there = newest.deliveries.find((one) => one.target === target);
      // It is on its way already.
      if (there && newest.state.state === 'settled') return this.#onItsWay(newest, there, said, request);
    }
    const again = what === 'retry' ? 'again' : 'acknowledged';
    const trigger = { kind: 'api', reason: `${again} after ${id}: ${said.reason}`, by: said.by } as const;
    const acked = [{ target, fingerprint: delivery.fingerprint, ...said }];
    return this.rotations.start(rotation, 'adopt', trigger, {
      only: [target],
      ...(what === 'ack' && { acked }),
      ...(request && { request }),
    });
  }

  /** By the newer run; where its next try has to wait, it no longer does. Where nothing is asked, no request is noted. */
  async #onItsWay(newest: Run, there: Delivery, said: Said, request: StartRequest | undefined): Promise<Run> {
    return refusalOfDelivery(newest, 'retry', there) === undefined
      ? this.ofDelivery(newest.id, { what: 'retry', target: there.target }, said, request)
      : newest;
  }

  async #find(id: string): Promise<Run> {
    const run = await this.journal.find(id);
    if (!run) throw new RotorError('not_found', `there is no run ${JSON.stringify(id)}`);
    return run;
  }
}

function refuse(refusal: string | undefined): void {
  if (refusal !== undefined) throw new RotorError('not_possible', refusal, { effect: 'not_applied' });
}

function deliveryOf({ id, deliveries, state }: Run, target: string): Delivery {
  const delivery = deliveries.find((one) => one.target === target);
  if (delivery) return delivery;
  if (deliveries.length === 0 && state.state !== 'settled')
    throw new RotorError(
      'not_possible',
      state.state === 'ended'
        ? `${id} has ended before its token was current, and has delivered nothing: start another one with \`rotor retry ${id}\``
        : `the token of ${id} is not current yet, so there is no delivery to ${target} yet`,
      { effect: 'not_applied' },
    );
  const known = deliveries.map((one) => one.target).join(', ') || 'none';
  throw new RotorError('not_found', `${id} has no target ${JSON.stringify(target)}; it has ${known}`);
}
