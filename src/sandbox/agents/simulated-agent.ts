import type { Random } from '../random.js';
import type { Secret } from '../../rotation/secret.js';
import { IntakeRequest, type IntakeEndpoint } from './intake-request.js';

export type SimulatedAgentOptions = {
  readonly name: string;
  readonly endpoint: IntakeEndpoint;
  readonly token: Secret;
  readonly ratePerSecond: number;
  /** How long one request stays open for events. */
  readonly apiRequestTimeMs: number;
  /** Scales the back-off of the specification, which is up to 36 s. */
  readonly backoffFactor: number;
  readonly queueLimit: number;
  readonly random: Random;
};

const TICK_MS = 10;
const TRANSACTION_MS = 12;

/**
 * An agent as elastic/apm specs/agents/transport.md describes it: streams its events in requests that stay open for
 * a while; whatever is not a 2xx loses all events of the request, and a pause follows in which events queue up.
 */
export class SimulatedAgent {
  /** For the next request; the one that is open goes on with its own. */
  token: Secret;
  sent = 0;
  dropped = 0;
  readonly #options: SimulatedAgentOptions;
  readonly #startedAt = performance.now();
  readonly #generating: NodeJS.Timeout;
  #queue: string[] = [];
  #open: IntakeRequest | undefined;
  #settling: Promise<void> | undefined;
  #failures = 0;
  /** The first request is cut short, so that the agents of a fleet do not all open the next one at the same time. */
  #share: number;
  #pause: { timer: NodeJS.Timeout } | undefined;
  #ending: NodeJS.Timeout | undefined;

  constructor(options: SimulatedAgentOptions) {
    this.#options = options;
    this.token = options.token;
    const phaseMs = (options.random.next() * 1000) / options.ratePerSecond;
    this.#share = options.random.next();
    this.#generating = setInterval(() => this.#generate(phaseMs), TICK_MS);
  }

  /** Sends what it still may: what waits for the end of a pause is lost, as when a service is stopped. */
  async stop(): Promise<void> {
    clearInterval(this.#generating);
    await this.#finish();
    if (this.#pause === undefined && this.#queue.length > 0) {
      this.#startRequest();
      await this.#finish();
    }
    clearTimeout(this.#pause?.timer);
    this.dropped += this.#queue.length;
    this.#queue = [];
  }

  #generate(phaseMs: number): void {
    const elapsedMs = performance.now() - this.#startedAt - phaseMs;
    const due = Math.floor((elapsedMs / 1000) * this.#options.ratePerSecond);
    while (this.sent < due) {
      this.#take(this.#transaction(this.sent));
      this.sent += 1;
    }
  }

  #take(line: string): void {
    if (this.#open) this.#open.write(line);
    else if (this.#queue.length >= this.#options.queueLimit) this.dropped += 1;
    else this.#queue.push(line);
    if (!this.#open && !this.#settling && !this.#pause) this.#startRequest();
  }

  #startRequest(): void {
    const { name, endpoint, apiRequestTimeMs } = this.#options;
    const request = new IntakeRequest(endpoint, this.token, name);
    for (const line of this.#queue.splice(0)) request.write(line);
    this.#open = request;
    this.#ending = setTimeout(() => this.#close(), apiRequestTimeMs * this.#share);
    this.#share = 1;
    this.#settling = request.outcome.then((delivered) => this.#settle(request, delivered));
  }

  #close(): void {
    clearTimeout(this.#ending);
    this.#open?.end();
    this.#open = undefined;
  }

  async #finish(): Promise<void> {
    this.#close();
    await this.#settling;
  }

  #settle(request: IntakeRequest, delivered: boolean): void {
    this.#close();
    this.#settling = undefined;
    if (delivered) {
      this.#failures = 0;
      return;
    }
    this.dropped += request.events;
    const timer = setTimeout(() => (this.#pause = undefined), this.#pauseMs());
    this.#pause = { timer };
    this.#failures += 1;
  }

  #pauseMs(): number {
    const seconds = Math.min(this.#failures, 6) ** 2;
    const jitter = 0.9 + this.#options.random.next() * 0.2;
    return seconds * 1000 * jitter * this.#options.backoffFactor;
  }

  #transaction(number: number): string {
    const { name, random } = this.#options;
    const transaction = {
      id: random.hex(16),
      trace_id: random.hex(32),
      name: `${name} ${number}`,
      type: 'request',
      duration: TRANSACTION_MS,
      timestamp: Date.now() * 1000,
      result: 'success',
      sampled: true,
      span_count: { started: 0 },
    };
    return JSON.stringify({ transaction });
  }
}
