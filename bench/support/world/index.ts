import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answered, Asked, Questions, WorldOrder, WorldView } from './view.js';

export type { DeploymentView, Exchange, WorldOrder, WorldView } from './view.js';
export { REGION } from './view.js';

const PROGRAM = fileURLToPath(new URL('process.ts', import.meta.url));

type Answer<Q extends keyof Questions> = Awaited<ReturnType<Questions[Q]>>;

/** The sandbox as a process of its own: what it costs to be the world is not on Rotor's bill. */
export class World implements AsyncDisposable {
  #asked = 0;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();

  private constructor(
    private readonly process: ChildProcess,
    readonly view: WorldView,
  ) {
    process.on('message', (answered: Answered) => this.#hear(answered));
    process.once('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the world ended with code ${code}`));
    });
  }

  static async open(order: WorldOrder): Promise<World> {
    const child = fork(PROGRAM);
    child.send(order);
    const gone = once(child, 'exit').then(([code]): never => {
      throw new Error(`the world ended with code ${String(code)}; its message is above`);
    });
    const opened: unknown[] = await Promise.race([once(child, 'message'), gone]);
    gone.catch(() => undefined);
    return new World(child, opened[0] as WorldView);
  }

  async ask<Q extends keyof Questions>(question: Q, ...args: Parameters<Questions[Q]>): Promise<Answer<Q>> {
    const id = (this.#asked += 1);
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.process.send({ id, question, args } satisfies Asked);
    return waiting.promise as Promise<Answer<Q>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill();
    await ended;
  }

  #hear({ id, answer, error }: Answered): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(`the world: ${error}`));
  }
}
