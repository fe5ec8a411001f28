import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inPackage } from '../../in-package.js';
import { Secret } from '../../rotation/secret.js';
import { RealAgent } from './real-agent.js';
import type { LedgerEvent } from '../ledger.js';
import { SimulatedGroup } from './simulated-group.js';
import { watchStatus } from './status-watch.js';

export type AgentsOptions = {
  readonly apmUrl: string;
  readonly caPem: string;
  /** Gets the agents' token, process id and status files. Created if need be, left behind. */
  readonly folder: string;
  /** What every agent starts with. */
  readonly token: string;
  /** Services with the real agent for Node.js; default 0. Each is two processes. */
  readonly real?: number;
  /** Default 0. */
  readonly simulated?: number;
  /** Services with one simulated agent each, every one with a token file of its own; default 0. */
  readonly services?: number;
  /** Transactions of each agent; default 10. */
  readonly ratePerSecond?: number;
  readonly seed?: number;
  /** How long an agent keeps one intake request open; default 1 s, where the agents' own default is 10 s. */
  readonly apiRequestTimeMs?: number;
  /** How often a simulated agent reads its token file; default 1 s, where the Java agent takes 30 s. */
  readonly reloadMs?: number;
  /** Scales a simulated agent's back-off after an error; default 1. */
  readonly backoffFactor?: number;
  /** Events that a simulated agent holds while it backs off; default 512, as in the Java agent. */
  readonly queueLimit?: number;
  /** Whether simulated agents compress what they send; default true, as agents do. */
  readonly gzip?: boolean;
  /** The folder of the compiled programs; default: as this package has them. */
  readonly programs?: string;
  /** Is told when an agent runs with another token. */
  readonly ledger?: { append(event: LedgerEvent): unknown };
};

const LOOK_EVERY_MS = 10;
/** Hundreds share the processor with Rotor and all that it speaks to. */
const SERVICE_RATE = 2;

/** What an operator would configure as a `file` target for one agent, or for a group that shares a file. */
export type FleetTarget = {
  readonly name: string;
  readonly path: string;
  /** Absent for agents that read the file again by themselves. */
  readonly reload?: readonly string[];
  readonly check: readonly string[];
  /** Whether it runs the real agent: the one to look at first. */
  readonly isReal: boolean;
};

export type AgentFleet = {
  readonly targets: readonly FleetTarget[];
  /** Transactions ever generated; real agents tell theirs every 50 ms. */
  sent(): number;
  /** Resolves once each agent has generated a transaction. */
  settled(): Promise<void>;
  /**
   * Ends every agent as its operator would, and resolves once no process is left.
   * `droppedByAgent` is what simulated agents know to have lost; the real one does not tell. May be called again.
   */
  stop(): Promise<{ sent: number; droppedByAgent: number }>;
};

type Defaults = 'programs' | 'ratePerSecond' | 'seed' | 'apiRequestTimeMs' | 'reloadMs' | 'backoffFactor';
type Settled = AgentsOptions & Required<Pick<AgentsOptions, Defaults | 'queueLimit' | 'gzip'>>;
type Running = {
  readonly target: FleetTarget;
  /** Of each agent. */
  counts(): number[];
  dropped(): number;
  stop(): Promise<void>;
};

/** Starts agents against an APM Server; resolves once each of them runs. Throws, and leaves none, if one does not. */
export async function startAgents(given: AgentsOptions): Promise<AgentFleet> {
  const options: Settled = {
    ratePerSecond: 10,
    seed: 1,
    apiRequestTimeMs: 1_000,
    reloadMs: 1_000,
    backoffFactor: 1,
    queueLimit: 512,
    gzip: true,
    programs: inPackage('dist/sandbox/agents'),
    ...given,
  };
  await mkdir(options.folder, { recursive: true });
  const watching = options.ledger && watchStatus(options.folder, options.ledger);
  const starting = Array.from({ length: options.real ?? 0 }, (_, index) =>
    startReal(options, `service-${index + 1}`),
  );
  if (options.simulated) starting.push(startSimulated(options, options.simulated));
  const width = String(options.services).length;
  for (let index = 1; index <= (options.services ?? 0); index += 1)
    starting.push(startService(options, `fleet-${String(index).padStart(width, '0')}`));
  try {
    return fleetOf(await allOrNone(starting), () => watching?.close());
  } catch (error) {
    watching?.close();
    throw error;
  }
}

function fleetOf(running: readonly Running[], ended: () => void): AgentFleet {
  const counts = (): number[] => running.flatMap((each) => each.counts());
  const sent = (): number => counts().reduce((sum, count) => sum + count, 0);
  const stop = async (): Promise<{ sent: number; droppedByAgent: number }> => {
    await Promise.all(running.map((each) => each.stop()));
    ended();
    return { sent: sent(), droppedByAgent: running.reduce((sum, each) => sum + each.dropped(), 0) };
  };
  let stopped: ReturnType<typeof stop> | undefined;
  const isStopped = (): boolean => stopped !== undefined;
  return {
    targets: running.map(({ target }) => target),
    sent,
    async settled() {
      while (!isStopped() && counts().includes(0)) await delay(LOOK_EVERY_MS);
    },
    stop: () => (stopped ??= stop()),
  };
}

async function allOrNone(starting: readonly Promise<Running>[]): Promise<Running[]> {
  const settled = await Promise.allSettled(starting);
  const running = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failure = settled.find((each) => each.status === 'rejected');
  if (failure === undefined) return running;
  await Promise.all(running.map((each) => each.stop()));
  throw failure.reason;
}

async function startReal(options: Settled, name: string): Promise<Running> {
  const { folder, programs, apmUrl, ratePerSecond, apiRequestTimeMs } = options;
  const tokenFile = await writeToken(options, name);
  const caFile = join(folder, `${name}.ca.pem`);
  await writeFile(caFile, options.caPem);
  const settings = { name, folder, programs, tokenFile, caFile, apmUrl, ratePerSecond, apiRequestTimeMs };
  const agent = await RealAgent.start(settings);
  const run = (program: string, file: string): string[] => [process.execPath, join(programs, program), file];
  const target = {
    name,
    path: tokenFile,
    reload: run('reload.js', agent.pidFile),
    check: run('check.js', agent.statusFile),
    isReal: true,
  };
  return { target, counts: () => [agent.sent], dropped: () => 0, stop: () => agent.stop() };
}

async function startSimulated(options: Settled, count: number): Promise<Running> {
  const name = 'simulated';
  const tokenFile = await writeToken(options, name);
  const statusFile = join(options.folder, `${name}.status.json`);
  const group = await SimulatedGroup.start({
    ...options,
    name,
    token: new Secret(options.token),
    count,
    tokenFile,
    statusFile,
  });
  const check = [process.execPath, join(options.programs, 'check.js'), statusFile];
  return {
    target: { name, path: tokenFile, check, isReal: false },
    counts: () => group.counts(),
    dropped: () => group.dropped(),
    stop: () => group.stop(),
  };
}

/** Of hundreds, each is looked at again and again: `cat` starts fifty times as fast as Node. */
async function startService(options: Settled, name: string): Promise<Running> {
  const tokenFile = await writeToken(options, name);
  const shownFile = join(options.folder, `${name}.fingerprint`);
  const group = await SimulatedGroup.start({
    ...options,
    name,
    ratePerSecond: SERVICE_RATE,
    token: new Secret(options.token),
    count: 1,
    tokenFile,
    statusFile: join(options.folder, `${name}.status.json`),
    shownFile,
  });
  return {
    target: { name, path: tokenFile, check: ['cat', shownFile], isReal: false },
    counts: () => group.counts(),
    dropped: () => group.dropped(),
    stop: () => group.stop(),
  };
}

async function writeToken({ folder, token }: Settled, name: string): Promise<string> {
  const tokenFile = join(folder, `${name}.token`);
  await writeFile(tokenFile, token, { mode: 0o600 });
  return tokenFile;
}
