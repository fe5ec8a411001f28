import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { json11, startAwsService, type AwsService, type AwsServiceOptions } from '../aws/service.js';
import { createRandom, type Random } from '../random.js';
import { createTimers } from '../timers.js';
import type { StoredCommand, StoredNode } from './model.js';
import { operationsOf, type SsmWorld, type StoredDocument } from './operations.js';

export type SsmOptions = AwsServiceOptions & {
  readonly random?: Random;
  /** Each host has a folder of its own in it, where its commands are run by /bin/sh. */
  readonly folder: string;
  /** How long a second of AWS is here, in milliseconds. Default: 1000. */
  readonly secondMs?: number;
  /** What AWS gives in one answer at most. Default: 50. */
  readonly pageSize?: number;
};

export type NodeSeed = {
  readonly tags?: Readonly<Record<string, string>>;
  readonly platform?: StoredNode['platform'];
};

export type Ssm = AwsService & {
  /** A host more; returns its id. */
  seed(seed: NodeSeed): Promise<string>;
  node(id: string): StoredNode;
  addDocument(document: StoredDocument): void;
  /** The newest first. */
  readonly commands: readonly StoredCommand[];
  forgetCommands(): void;
  /** Whether a host is at work that is no work of this process. */
  isBusy(): boolean;
  /** From now on a new command is missing in this many answers of ListCommands. */
  lag(reads: number): void;
};

/** Run Command of AWS Systems Manager as its API reference tells it, with hosts that are folders. */
export async function startSsm(options: SsmOptions): Promise<Ssm> {
  const { folder, secondMs = 1000, pageSize = 50 } = options;
  const timers = createTimers();
  const closing = new AbortController();
  let lag = 0;
  const world: SsmWorld = {
    random: options.random ?? createRandom(1),
    timers,
    secondMs,
    closing: closing.signal,
    scripts: 0,
    nodes: [],
    documents: new Map([[SHELL.name, SHELL]]),
    commands: [],
    pageSize,
    listLag: () => lag,
  };
  const server = await startAwsService(json11('ssm', 'AmazonSSM', operationsOf(world)), options);
  return {
    ...server,
    commands: world.commands,
    seed: async ({ tags = {}, platform = 'Linux' }) => {
      const id = `i-0${world.random.hex(16)}`;
      const place = join(folder, id);
      await mkdir(place, { recursive: true });
      world.nodes.push({ id, tags, platform, folder: place, isOnline: true });
      return id;
    },
    node: (id) => {
      const found = world.nodes.find((one) => one.id === id);
      if (!found) throw new Error(`the sandbox has no host ${id}`);
      return found;
    },
    addDocument: (document) => void world.documents.set(document.name, document),
    isBusy: () => world.scripts > 0,
    forgetCommands: () => void world.commands.splice(0),
    lag: (reads) => {
      lag = reads;
    },
    async close() {
      closing.abort();
      timers.close();
      await server.close();
    },
  };
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html#aws-runShellScript */
const SHELL: StoredDocument = {
  name: 'AWS-RunShellScript',
  type: 'Command',
  status: 'Active',
  parameters: ['commands', 'workingDirectory', 'executionTimeout'],
};
