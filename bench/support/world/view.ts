import type { ApmServerMode, Timings } from '../../../src/sandbox/options.js';
import type { Load } from './meter.js';

/** What a world is made from: the same order gives the same world, tokens and latencies included. */
export type WorldOrder = {
  readonly seed: number;
  readonly standalone: number;
  readonly managed?: number;
  readonly timings: Timings;
  readonly storeLatencyMs: number;
  /** Keeps each request as it came, to be sent again. */
  readonly recording?: boolean;
};

export type DeploymentView = {
  readonly name: string;
  readonly id: string;
  readonly mode: ApmServerMode;
  readonly refId: string;
  readonly apmUrl: string;
  readonly kibanaUrl: string;
  readonly kibanaKey: string;
  readonly secretId: string;
};

/** What whoever works in the world has to know of it. */
export type WorldView = {
  readonly caPem: string;
  readonly cloudUrl: string;
  readonly cloudKey: string;
  readonly secretsUrl: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly deployments: readonly DeploymentView[];
};

/** One request as it reached the world, and when. Times are epoch milliseconds. */
export type Exchange = {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
  /** When its connection was opened: as early as its sender had decided to send it. */
  readonly openedAt: number;
  readonly endedAt: number;
};

/** What can be asked of a world that runs. */
export type Questions = {
  exchanges(): readonly Exchange[];
  /** Forgets what was recorded so far. */
  forget(): void;
  /** Resolves, with the moment of the first and of the last, once every instance has left the token that it began with. */
  switched(deployment: string): Promise<{ first: number; last: number }>;
  /** Deployments of which every instance accepts the current version of their secret. */
  inStep(): number;
  /** Of the server at this URL, so far. */
  load(url: string): Load;
  /** Seconds of processor time of the world so far. */
  processorSeconds(): number;
};

export type Asked = {
  readonly id: number;
  readonly question: keyof Questions;
  readonly args: readonly string[];
};
export type Answered = { readonly id: number; readonly answer?: unknown; readonly error?: string };

export const REGION = 'eu-central-1';
