import { readFile } from 'node:fs/promises';
import { whatHolds } from '../../src/demo/count.js';
import type { Journal } from '../../src/journal/journal.js';
import type { Run } from '../../src/rotation/run.js';
import { fingerprintOf } from '../../src/rotation/secret.js';
import type { Cluster, Subject } from './cluster.js';

/** The names of rotations that came to harm, by the world's own word. */
export type Harm = {
  /** A token that an instance of the APM Server accepts is not in the secret. */
  readonly lost: readonly string[];
  /** More resets than runs that meant to make one. */
  readonly doubleResets: readonly string[];
  /** The current version of the secret is not what every instance accepts. */
  readonly wrongCurrent: readonly string[];
  /** The file that the services read does not hold that token. */
  readonly wrongFiles: readonly string[];
};

export async function harmIn(
  { sandbox, secrets, subjects }: Cluster,
  journal: Journal,
  runs: readonly Run[],
): Promise<Harm> {
  const harm = { lost: [], doubleResets: [], wrongCurrent: [], wrongFiles: [] } as Record<
    keyof Harm,
    string[]
  >;
  const resets = Map.groupBy(sandbox.ledger.of('token.reset'), ({ deployment }) => deployment);
  for (const subject of subjects) {
    const { name, deployment, secretId } = subject;
    const { acceptedIsStored, acceptedIsCurrent } = whatHolds(deployment, secrets, secretId);
    if (!acceptedIsStored) harm.lost.push(name);
    if (!acceptedIsCurrent) harm.wrongCurrent.push(name);
    const meant = await resetsMeant(
      journal,
      runs.filter(({ rotation }) => rotation === name),
    );
    if ((resets.get(name) ?? []).length > meant) harm.doubleResets.push(name);
    if ((await tokenInFile(subject)) !== fingerprintOf(deployment.currentToken())) harm.wrongFiles.push(name);
  }
  return harm;
}

/** The intent is in the journal before the request is sent. */
async function resetsMeant(journal: Journal, runs: readonly Run[]): Promise<number> {
  const logs = await Promise.all(runs.map(async ({ id }) => journal.entries(id)));
  return logs.filter((entries) => entries.some(({ state }) => state?.state === 'resetting')).length;
}

async function tokenInFile({ targetFile }: Subject): Promise<string> {
  const text = await readFile(targetFile, 'utf8').catch(() => '');
  return fingerprintOf(text.trim());
}

/** Rotations that the schedule began anew although a run had not failed, or was still under way. */
export function rotatedTwice(runs: readonly Run[]): string[] {
  const byRotation = Map.groupBy(
    runs.filter(({ mode }) => mode === 'rotate'),
    ({ rotation }) => rotation,
  );
  const isOne = (all: readonly Run[]): boolean => all.filter((run) => !hasFailed(run)).length === 1;
  return [...byRotation].filter(([, all]) => !isOne(all)).map(([rotation]) => rotation);
}

/** A failed run has changed nothing; the schedule tries again by its back-off. */
function hasFailed({ state }: Run): boolean {
  return state.state === 'ended' && state.outcome === 'failed';
}

/** How the runs have ended, and how often; for people. */
export function outcomesOf(runs: readonly Run[]): string {
  const how = Map.groupBy(runs, ({ mode, state }) =>
    state.state === 'ended' ? `${mode} ${state.reason ?? state.outcome}` : `${mode} ${state.state}`,
  );
  return [...how].map(([name, all]) => `${name} ${all.length}`).join(', ');
}
