import { AsyncLocalStorage } from 'node:async_hooks';
import type { Agent } from 'node:https';
import type { Network } from '../../src/sandbox/https-front.js';
import type { Effect, Life, Moment } from './life.js';

/** Between the processes and the servers of a world. */
export interface Wires {
  readonly open: Network;
  /** For one process that works on one run. `onSent` hears of each request as it leaves the process. */
  agentOf(life: Life, run: string, onSent: (effect: Effect) => void): Agent;
  /** Whether something is on its way that needs no time to arrive. */
  isBusy(): boolean;
}

/** In what a server does: the run for which it was asked. */
export const servedRun = new AsyncLocalStorage<string>();

/** One connection of a process that may die or stand still: nothing passes it then. */
export class Crossing {
  #begun: Promise<void> | undefined;
  #fate: Moment | undefined;

  constructor(
    private readonly life: Life,
    private readonly onSent: (effect: Effect) => void,
    private readonly cut: () => void,
  ) {
    life.onDeath(() => {
      if (this.#fate !== 'after') cut();
    });
  }

  /** What is written to the world, the head of a request first. */
  async out(chunk: Buffer, pass: () => void): Promise<void> {
    this.#begun ??= this.#begin(effectOf(chunk.toString('latin1')));
    try {
      await this.#begun;
      await this.life.passage();
    } catch {
      this.cut();
      return;
    }
    pass();
  }

  /** What has come from the world. */
  async in(pass: () => void): Promise<void> {
    if (this.#fate === 'lost') this.life.die();
    if (this.#fate === 'cut') this.cut();
    if (this.#fate === 'after' && !this.life.isDead) this.life.die();
    if (this.life.isFrozen) await this.life.passage().catch(() => undefined);
    this.life.within(pass);
  }

  /** Before the process lets go of the connection: what it has written arrives, also if nobody waits for the answer. */
  async parting(): Promise<void> {
    if (this.life.isFrozen) await this.#begun?.catch(() => undefined);
  }

  async #begin(effect: Effect): Promise<void> {
    this.#fate = await this.life.begin(effect);
    this.onSent(effect);
    this.life.did(effect);
  }
}

const READS = /^(Describe|Get|List)/;

function effectOf(head: string): Effect {
  const [, service, operation] = /x-amz-target: ([A-Za-z]+)\w*\.(\w+)/i.exec(head) ?? [];
  if (operation !== undefined) {
    const name = service === 'secretsmanager' ? `aws ${operation}` : `aws ${service} ${operation}`;
    return { name, writes: !READS.test(operation) };
  }
  const [method = '', path = ''] = head.split(' ', 2);
  const host = hostOf(path);
  // The probe's POST to the APM Server carries no event; some questions are asked by a POST or a PATCH.
  const isQuestion = /\/_search$|\/selfsubjectaccessreviews$|dryRun=All/.test(path);
  const writes = method !== 'GET' && host !== 'apm' && !isQuestion;
  return { name: `${host} ${method} ${path.replaceAll(/[0-9a-f]{32}/g, '*')}`, writes };
}

function hostOf(path: string): string {
  if (path.startsWith('/hooks/')) return 'receiver';
  if (/^\/(api\/v1\/namespaces|apis)\//.test(path)) return 'kubernetes';
  if (path.startsWith('/api/v1/')) return 'cloud';
  if (/^\/20\d\d-\d\d-\d\d\/functions/.test(path)) return 'lambda';
  return /^\/(s\/[^/]+\/)?api\//.test(path) ? 'kibana' : 'apm';
}
