import { setTimeout as delay } from 'node:timers/promises';
import { BareClient } from './replay.js';
import type { DeploymentView, Exchange, World, WorldView } from './world/index.js';

/** The requests of one run that the upstream's latency is made of, around the one wait that the upstream imposes. */
export type Path = {
  readonly deployment: DeploymentView;
  /** Up to the moment when the new token is under way and in the store. */
  readonly before: readonly Exchange[];
  /** From the look that found the token accepted by every instance. */
  readonly after: readonly Exchange[];
};

type Role = 'issuer' | 'apm' | 'store';

/** What a run asked of its upstreams, without the looks that it took while the upstream was busy by itself. */
export function pathOf(deployment: DeploymentView, world: WorldView, exchanges: readonly Exchange[]): Path {
  const own = exchanges
    .filter((exchange) => belongsTo(deployment, world, exchange))
    .toSorted((a, b) => a.openedAt - b.openedAt);
  const role = ({ origin }: Exchange): Role => {
    if (origin === world.secretsUrl) return 'store';
    return origin === deployment.apmUrl ? 'apm' : 'issuer';
  };
  const changed = own.findIndex(({ method, path }) => method === 'PUT' || path.endsWith('/_reset-token'));
  // A reset chooses the token, which is then staged; a token of Rotor's own was staged before.
  const lastBefore =
    own[changed]?.method === 'POST' ? own.findIndex((one, at) => at > changed && isPut(one)) : changed;
  const promoted = own.findIndex((one, at) => at > lastBefore && isPromotion(one));
  if (changed < 0 || lastBefore < 0 || promoted < 0)
    throw new Error(`${deployment.name}: no whole run was recorded`);
  let look = promoted;
  while (look > lastBefore + 1 && own.slice(look, promoted).every((one) => role(one) !== 'issuer')) look -= 1;
  while (look > lastBefore + 1 && role(own[look - 1] as Exchange) === 'issuer') look -= 1;
  return { deployment, before: own.slice(0, lastBefore + 1), after: own.slice(look) };
}

/** Plays the path in a world like the one of the recording; returns its milliseconds. `deliver` is what follows it. */
export async function walk(
  { deployment, before, after }: Path,
  recorded: WorldView,
  world: World,
  deliver: () => Promise<void>,
): Promise<number> {
  const client = new BareClient(world.view.caPem, originsOf(recorded, world.view));
  const began = performance.now();
  await client.play(before);
  await world.ask('switched', deployment.name);
  await client.play(after);
  await deliver();
  return performance.now() - began;
}

/** One after the other, `everyMs` apart, as the runs were. */
export async function staggered<T>(
  all: readonly T[],
  everyMs: number,
  work: (one: T) => Promise<number>,
): Promise<number[]> {
  return Promise.all(
    all.map(async (one, index) => {
      await delay(index * everyMs);
      return work(one);
    }),
  );
}

function belongsTo(deployment: DeploymentView, world: WorldView, { origin, path, body }: Exchange): boolean {
  if (origin === deployment.apmUrl || origin === deployment.kibanaUrl) return true;
  if (origin === world.cloudUrl) return path.includes(deployment.id);
  return origin === world.secretsUrl && body.includes(`"SecretId":"${deployment.secretId}"`);
}

function operationOf({ headers }: Exchange): string {
  return String(headers['x-amz-target']);
}

function isPut(exchange: Exchange): boolean {
  return operationOf(exchange).endsWith('.PutSecretValue');
}

function isPromotion(exchange: Exchange): boolean {
  return (
    operationOf(exchange).endsWith('.UpdateSecretVersionStage') && exchange.body.includes('"AWSCURRENT"')
  );
}

function originsOf(recorded: WorldView, now: WorldView): Map<string, string> {
  const pairs: [string, string][] = [
    [recorded.cloudUrl, now.cloudUrl],
    [recorded.secretsUrl, now.secretsUrl],
  ];
  recorded.deployments.forEach((then, index) => {
    const same = now.deployments[index];
    if (same?.id !== then.id) throw new Error('the world is not the one that was recorded');
    pairs.push([then.apmUrl, same.apmUrl], [then.kibanaUrl, same.kibanaUrl]);
  });
  return new Map(pairs);
}
