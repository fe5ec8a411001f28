/** Operations that have failed within the last while. */
export class Failing {
  readonly #since = new Map<string, number>();

  constructor(private readonly windowMs: number) {}

  has(operation: string): boolean {
    const since = this.#since.get(operation);
    return since !== undefined && performance.now() - since < this.windowMs;
  }

  /** What is older than the window goes, the oldest first. */
  note(operation: string): void {
    const now = performance.now();
    this.#since.delete(operation);
    this.#since.set(operation, now);
    for (const [known, since] of this.#since) {
      if (now - since < this.windowMs) break;
      this.#since.delete(known);
    }
  }

  forget(operation: string): void {
    this.#since.delete(operation);
  }
}
