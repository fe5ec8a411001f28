import { hashOf } from '../../src/journal/chain.js';
import { bodyOf } from '../../src/journal/forms.js';
import { rowOf, type RunRow } from '../../src/journal/rows.js';
import type { Tables } from '../../src/journal/tables.js';
import { tokensIn } from '../../src/journal/token-versions.js';
import type { Change } from '../../src/journal/journal.js';
import type { Run, RunState } from '../../src/rotation/run.js';
import { fingerprintOf, type Fingerprint } from '../../src/rotation/secret.js';
import type { Random } from '../../src/sandbox/random.js';
import type { VersionId } from '../../src/stores/store.js';

export type PastRun = {
  readonly row: RunRow;
  readonly entries: readonly Tables['entry'][];
  readonly tokens: readonly Tables['token_version'][];
};

const FIRST_AT = Date.UTC(2024, 0, 1);
const APART_MS = 60_000;
const TOOK_MS = 96_000;
/** Of so many runs one has failed, one was an adoption. */
const ONE_FAILED_IN = 25;
const ONE_ADOPTED_IN = 40;
const TARGETS = ['web'];

/**
 * Runs as Rotor leaves them, chained to each other, of a fleet that is rotated in turn. Of the entries only the first
 * and the last: lists and the schedule read none.
 */
export class PastRuns {
  #number = 0;
  #first = '';

  constructor(
    /** Whose run is the one of this number, from 0 on. */
    private readonly rotationOf: (index: number) => string,
    private readonly random: Random,
  ) {}

  next(): PastRun {
    const startedAt = FIRST_AT + this.#number * APART_MS;
    const rotation = this.rotationOf(this.#number);
    this.#number += 1;
    const state = this.#stateOf(rotation);
    const run = this.#runOf(rotation, startedAt, state);
    const opened = entryOf(run.id, 1, startedAt, { state: { state: 'preparing' } }, this.#first);
    const ended = entryOf(run.id, 2, startedAt + TOOK_MS, { state }, opened.hash);
    this.#first = opened.hash;
    const row = rowOf(run, { seq: 2, epoch: 1, lease_until: 0, number: this.#number, head: ended.hash });
    const settled = state.state === 'ended' && state.outcome === 'succeeded';
    const entries = [opened, ended];
    const tokens = tokensIn(run, entries);
    return { row: { ...row, settled_at: settled ? startedAt + TOOK_MS : null }, entries, tokens };
  }

  #stateOf(rotation: string): RunState {
    const [current, previous] = [this.#pin(), this.#pin()];
    if (this.random.int(ONE_FAILED_IN) > 0) {
      const detail = `${current.fingerprint} is accepted and current in the store.`;
      return { state: 'ended', outcome: 'succeeded', detail, current, previous };
    }
    const detail = `api.elastic-cloud.com: the API key was refused. Nothing of ${rotation} was changed.`;
    return { state: 'ended', outcome: 'failed', reason: 'refused', code: 'upstream_unauthenticated', detail };
  }

  #runOf(rotation: string, startedAt: number, state: RunState): Run {
    const { random } = this;
    const fingerprint = this.#pin().fingerprint;
    const deploymentId = random.hex(8).repeat(4);
    const resource = {
      key: `elastic-cloud:api.elastic-cloud.com/${deploymentId}/main-apm`,
      label: `${rotation} / main-apm`,
      address: { deploymentId, refId: 'main-apm' },
    };
    return {
      id: `run_${startedAt.toString(36)}${random.hex(10)}`,
      rotation,
      mode: random.int(ONE_ADOPTED_IN) === 0 ? 'adopt' : 'rotate',
      trigger: { kind: 'schedule', reason: 'near_expiry' },
      issuerKind: 'server-chosen',
      storeKey: `aws-secrets-manager:eu-central-1:prod/apm/${rotation}`,
      resource,
      spec: specOf(rotation),
      policy: POLICY,
      state,
      deliveries: TARGETS.map((target) => ({
        target,
        state: 'converged',
        fingerprint,
        tries: 0,
        deliveredAt: startedAt + TOOK_MS,
        seen: { converged: 3, of: 3 },
      })),
      measure: { oldLastAccepted: startedAt + 80_000, oldFirstRefused: startedAt + 81_000 },
      startedAt,
      endedAt: startedAt + TOOK_MS,
    };
  }

  #pin(): { version: VersionId; fingerprint: Fingerprint } {
    const drawn = this.random.hex(8);
    return { version: drawn.repeat(8) as VersionId, fingerprint: fingerprintOf(drawn) };
  }
}

const POLICY: Run['policy'] = {
  probes: 10,
  probeIntervalMs: 1_000,
  acceptDeadlineMs: 2_400_000,
  quietPeriodMs: 600_000,
  prepareDeadlineMs: 300_000,
  settleReads: 10,
  maxConcurrentTargets: 5,
  retries: { max: 5, baseMs: 2_000, capMs: 120_000 },
};

function specOf(rotation: string): object {
  return {
    cloud: { endpoint: 'https://api.elastic-cloud.com', apiKey: { env: 'EC_API_KEY' } },
    rotation: {
      name: rotation,
      select: { deployment: rotation },
      issuer: { type: 'auto' },
      store: { type: 'aws-secrets-manager', secretId: `prod/apm/${rotation}`, region: 'eu-central-1' },
      targets: TARGETS.map((name) => ({
        type: 'file',
        name,
        path: `/etc/apm/${rotation}/${name}.token`,
        mode: '0600',
      })),
    },
  };
}

function entryOf(run_id: string, seq: number, at: number, change: Change, before: string): Tables['entry'] {
  const row = { run_id, seq, at, body: bodyOf(change) };
  return { ...row, hash: hashOf(before, row) };
}
