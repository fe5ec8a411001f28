import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { setTimeout as delay } from 'node:timers/promises';
import { RotorError } from '../../rotation/errors.js';
import type { LambdaApi } from './api.js';
import { isMarked, marked, type Mark } from './mark.js';
import { aliasRefusal } from './preflight.js';

export type DeliveryDeps = {
  readonly api: LambdaApi;
  readonly target: string;
  readonly alias: string | undefined;
  readonly pollMs: number;
};

/** Somebody who changes a function all the time is not outrun. */
const MOST_LOOKS = 300;

/**
 * Brings the token to one function, from wherever it stands: each look at it gives the next request, and a request
 * that finds something changed in between is followed by another look.
 */
export class FunctionDelivery {
  /** What AWS itself was at in the last look. */
  #waitsFor: string | undefined;

  constructor(
    private readonly deps: DeliveryDeps,
    private readonly name: string,
  ) {}

  async drive(mark: Mark, signal: AbortSignal): Promise<void> {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      if (look > 0) await this.#pause(signal);
      this.#waitsFor = undefined;
      if (await this.#step(mark, signal)) return;
    }
    const what = this.#waitsFor ?? `function ${this.name} is changed all the time by somebody else`;
    throw this.#failed(what);
  }

  /** true: nothing is left to be asked for. */
  async #step(mark: Mark, signal: AbortSignal): Promise<boolean> {
    const { api, alias } = this.deps;
    const latest = await this.#configuration(undefined, signal);
    if (isUnderWay(latest)) return this.#wait(`AWS has not finished an update of function ${this.name}`);
    if (!isMarked(latest, mark) || latest.LastUpdateStatus === 'Failed') {
      if (latest.Environment?.Error)
        throw this.#failed(`the variables of function ${this.name} cannot be read`, false);
      const set = await api.setVariables(latest, marked(latest, mark), signal);
      // By an alias, a version is made of what is set once AWS is done with it.
      return set === 'set' && alias === undefined;
    }
    return alias === undefined || this.#move(alias, latest, mark, signal);
  }

  async #move(
    alias: string,
    latest: FunctionConfiguration,
    mark: Mark,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { api } = this.deps;
    const pointing = await api.alias(this.name, alias, signal);
    if (!pointing) throw this.#failed(`function ${this.name} has no alias ${alias}`, false);
    const current = await this.#configuration(pointing.FunctionVersion, signal);
    const refusal = aliasRefusal(pointing, latest, current);
    if (refusal) throw this.#failed(`function ${this.name} ${refusal.because}`, false, refusal.hint);
    if (isMarked(current, mark)) return true;
    const made = await api.publish(latest, signal);
    if (made === 'changed') return false;
    const { version } = made;
    const published = await this.#configuration(version, signal);
    if (published.State === 'Failed') {
      throw this.#failed(`version ${version} of function ${this.name} has failed: ${published.StateReason}`);
    }
    // Not invoked before it can be: with SnapStart a snapshot is taken first.
    if (isUnderWay(published))
      return this.#wait(`AWS has not finished version ${version} of function ${this.name}`);
    return (await api.point(this.name, pointing, version, signal)) === 'set';
  }

  #wait(what: string): false {
    this.#waitsFor = `${what} after ${MOST_LOOKS} looks at it`;
    return false;
  }

  async #configuration(version: string | undefined, signal: AbortSignal): Promise<FunctionConfiguration> {
    const found = await this.deps.api.configuration(this.name, version, signal);
    if (found) return found;
    throw this.#failed(
      `AWS does not find ${version === undefined ? '' : `version ${version} of `}function ${this.name}`,
      false,
    );
  }

  async #pause(signal: AbortSignal): Promise<void> {
    await delay(this.deps.pollMs, undefined, { signal }).catch(() => {
      throw this.#failed('the work was stopped');
    });
  }

  #failed(what: string, retryable = true, hint?: string): RotorError {
    const message = `Target ${this.deps.target}: ${what}.`;
    return new RotorError('target_failed', message, { retryable, ...(hint !== undefined && { hint }) });
  }
}

function isUnderWay({ LastUpdateStatus, State }: FunctionConfiguration): boolean {
  return LastUpdateStatus === 'InProgress' || State === 'Pending';
}
