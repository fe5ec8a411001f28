import { afterEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createHttpsAgent } from '../../src/http/agent.js';
import { createHttpClient } from '../../src/http/client.js';
import { issuerSource } from '../../src/issuers/index.js';
import { KyselyJournal } from '../../src/journal/kysely-journal.js';
import { openSqlite } from '../../src/journal/sqlite.js';
import { systemClock } from '../../src/rotation/clock.js';
import type { Policy } from '../../src/rotation/policy.js';
import type { Ports } from '../../src/rotation/ports.js';
import type { Run } from '../../src/rotation/run.js';
import { Runner } from '../../src/rotation/runner.js';
import { Secret } from '../../src/rotation/secret.js';
import type { DeploymentHandle } from '../../src/sandbox/deployment-handle.js';
import type { DeploymentOptions } from '../../src/sandbox/options.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { ApmServerProber } from '../../src/verification/apm-server-prober.js';
import { FakeStore } from '../fakes/fake-store.js';

const POLICY: Policy = {
  probes: 6,
  settleReads: 2,
  probeIntervalMs: 50,
  acceptDeadlineMs: 20_000,
  quietPeriodMs: 400,
  prepareDeadlineMs: 20_000,
  maxConcurrentTargets: 1,
  retries: { max: 0, baseMs: 1, capMs: 1 },
};
const FAST = { planMs: 60, flickerMs: 30, switchSpreadMs: 40, checkInMs: 20 };

/** On a machine with much else to do. */
const LONGEST_MS = 30_000;
const RESET = 'deployment-apm-reset-secret-token';

type World = {
  readonly sandbox: Sandbox;
  readonly deployment: DeploymentHandle;
  readonly journal: KyselyJournal;
};
type Sample = {
  /** As the table of docs/which-issuer.md names it. */
  readonly name: string;
  readonly options?: Partial<DeploymentOptions>;
  /** In force instead of the one that the deployment was made with. */
  readonly token?: string;
  readonly arrange?: (world: World) => void;
};

/** What the table says, row by row, is what these do. */
const SAMPLES: readonly Sample[] = [
  { name: 'standalone' },
  { name: 'Integrations Server', options: { kind: 'integrations_server', mode: 'managed' } },
  { name: 'managed, kind `apm`', options: { mode: 'managed' } },
  {
    name: 'two APM integrations',
    options: { mode: 'managed' },
    arrange: ({ deployment }) => void deployment.kibana.addPolicy('Second APM'),
  },
  {
    name: 'token as secret reference',
    options: { mode: 'managed' },
    arrange: ({ deployment }) => deployment.kibana.hideToken(),
  },
  {
    name: 'another space',
    options: { mode: 'managed' },
    arrange: ({ deployment }) => deployment.kibana.moveToSpace('observability'),
  },
  { name: 'stopped', options: { status: 'stopped' } },
  {
    name: 'switched right before the reset',
    arrange: ({ sandbox, deployment }) => {
      const run = (): void => deployment.switchToManaged();
      sandbox.faults.add({ operation: RESET, effect: { kind: 'before-acting', run } });
    },
  },
  {
    name: 'switched after a reset whose reply was lost',
    arrange: ({ sandbox, deployment }) => {
      sandbox.faults.add({ operation: RESET, effect: { kind: 'reply-lost' } });
      const applied = sandbox.ledger.waitFor(({ kind }) => kind === 'plan.applied');
      void applied.then(() => deployment.switchToManaged());
    },
  },
];

let close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of close.toReversed()) await one();
  close = [];
});

async function rotate({
  options,
  token,
  arrange,
}: Sample): Promise<{ run: Run; world: World; store: FakeStore }> {
  const deployments = [
    { name: 'checkout', kind: 'apm', mode: 'standalone', instances: 2, ...options } as const,
  ];
  const sandbox = await startSandbox({ deployments, timings: FAST });
  const deployment = sandbox.deployment('checkout');
  if (token !== undefined) await putInForce(token, sandbox, deployment);
  const store = new FakeStore(deployment.currentToken());
  const agent = createHttpsAgent({ caPem: sandbox.caPem });
  const journal = await KyselyJournal.open(openSqlite(':memory:', systemClock), systemClock);
  const world = { sandbox, deployment, journal };
  close.push(
    async () => sandbox.close(),
    async () => agent.destroy(),
    async () => journal.close(),
  );
  arrange?.(world);
  const run = await journal.open({
    rotation: 'checkout',
    mode: 'rotate',
    trigger: { kind: 'api', reason: 'sample' },
    storeKey: store.key,
    spec: {},
    policy: POLICY,
  });
  const claim = await journal.claim();
  if (!claim) throw new Error('the run was not queued');
  const ports = portsOf(world, store, agent);
  const observer = { troubled: () => undefined, credentialExpires: () => undefined };
  await new Runner({
    journal,
    ports,
    clock: systemClock,
    inTurn: async (look) => look(),
    random: () => 0.1,
    observer,
  }).drive(claim, () => undefined, AbortSignal.timeout(LONGEST_MS));
  const ended = await journal.find(run.id);
  if (!ended) throw new Error('the run is gone');
  return { run: ended, world, store };
}

async function putInForce(token: string, { ledger }: Sandbox, deployment: DeploymentHandle): Promise<void> {
  deployment.kibana.editToken(token);
  const instances = deployment.acceptedFingerprints().length;
  const isThere = (): boolean => ledger.of('instance.switched').length === instances;
  await ledger.waitFor(() => isThere(), AbortSignal.timeout(30_000));
}

function portsOf(
  { sandbox, deployment }: World,
  store: FakeStore,
  agent: ReturnType<typeof createHttpsAgent>,
): Ports {
  const client = (baseUrl: string, key: string) =>
    createHttpClient({ baseUrl, agent, authorization: { scheme: 'ApiKey', credential: new Secret(key) } });
  const issuers = issuerSource('auto', {
    select: { deployment: 'checkout' },
    cloud: () => client(`${sandbox.cloud.url}/api/v1`, sandbox.cloud.apiKey),
    kibana: { http: (url) => client(url, deployment.kibana.credentials.apiKey) },
  });
  return { issuers, store, targets: [], prober: new ApmServerProber(agent) };
}

/** Name, issuer, and what becomes of the run, as the document's table has them. */
function documented(): Map<string, { issuer: string; outcome: string }> {
  const text = readFileSync('docs/which-issuer.md', 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:deployment|-)/.test(line));
  return new Map(
    rows.map((row) => {
      const [, name = '', issuer = '', , outcome = ''] = row.split('|').map((cell) => cell.trim());
      return [name, { issuer, outcome }];
    }),
  );
}

const ISSUERS = { 'server-chosen': '`elastic-cloud`', 'caller-chosen': '`fleet`' } as const;

const SAYS: Readonly<Record<string, unknown>> = {
  '`elastic-cloud`': expect.stringContaining('reset through the Elastic Cloud API'),
  '`fleet`': expect.stringContaining('set in Kibana Fleet'),
};

function outcomeOf({ state }: Run): string {
  if (state.state !== 'ended') return state.state;
  const why = state.code ?? state.reason;
  return why === undefined ? state.outcome : `${state.outcome}: \`${why}\``;
}

describe('issuer: auto', () => {
  const table = documented();

  it('is documented for each of these deployments and no other', () => {
    expect([...table.keys()]).toEqual(SAMPLES.map(({ name }) => name));
  });

  it.each(SAMPLES)(
    'does as the table says: $name',
    async (sample) => {
      const { run, world, store } = await rotate(sample);
      const issuer = run.issuerKind ? ISSUERS[run.issuerKind] : 'none';
      expect({ issuer, outcome: outcomeOf(run) }).toEqual(table.get(sample.name));
      const stored = new Set([...store.values.values()].map((token) => new Secret(token).fingerprint));
      for (const { fingerprint } of world.deployment.acceptedFingerprints()) {
        expect({ isStored: fingerprint !== 'any' && stored.has(fingerprint) }).toEqual({ isStored: true });
      }
      expect(run.resource?.chosen).toEqual(SAYS[issuer]);
    },
    LONGEST_MS,
  );
});

describe('a token in force that nobody should have chosen', () => {
  it(
    'is handled as it is, with a warning, and gives way to one of the safe form',
    async () => {
      const { run, world } = await rotate({
        name: 'a number',
        options: { mode: 'managed' },
        token: '87654321',
      });
      expect(outcomeOf(run)).toBe('succeeded');
      expect(world.deployment.kibana.currentToken()).toMatch(/^[A-Za-z][A-Za-z0-9_-]{31,127}$/);
      const notes = (await world.journal.entries(run.id)).map(({ note }) => note).join();
      expect(notes).toContain('YAML may read it as something else than text');
      expect(notes).not.toContain('87654321');
    },
    LONGEST_MS,
  );
});
