import { Client, type Verification } from './client.js';
import { show, type Output } from './output.js';

/** Exit code 0 where all agree, 3 where something is out of step, 6 where it could not be seen, 8 where it is on its way. */
export async function verify(name: string, options: Output): Promise<number> {
  const client = await Client.fromEnvironment();
  const seen = await client.verify(name);
  await show(seen, options, { table: () => textOf(seen), names: () => [name] });
  return { in_step: 0, drifted: 3, unknown: 6, busy: 8 }[seen.verdict];
}

function textOf({
  rotation,
  verdict,
  busy,
  underWay,
  drift,
  issuer,
  store,
  connections,
  targets,
}: Verification): string {
  const headline = {
    in_step: 'issuer, APM Server and store agree',
    drifted: drift?.detail ?? 'out of step',
    busy: `a change is on its way: ${busy ?? ''}`,
    unknown: 'not everything could be seen, so nothing is proven',
  }[verdict];
  const lines = [
    `${rotation}: ${headline}.`,
    `  issuer      ${issuer ?? 'does not show the token'}`,
    `  store       ${store ?? 'holds no token'}`,
    connections &&
      `  APM Server  accepted the stored token on ${connections.accepted} of ${connections.accepted + connections.refused + connections.unclear} fresh connections`,
    ...targets.map((target) => `  ${target.name.padEnd(11)} ${seenOf(target)}`),
    drift && `next: ${drift.repair}`,
    verdict === 'busy' && underWay !== null && `next: rotor watch ${underWay}`,
  ];
  return lines.filter(Boolean).join('\n');
}

function seenOf(target: Verification['targets'][number]): string {
  switch (target.state) {
    case 'converged':
      return `${target.seen} of ${target.of} on it`;
    case 'pending':
    case 'failed':
      return `${target.seen} of ${target.of} on it${target.detail === null ? '' : `: ${target.detail}`}`;
    case 'needs_release':
      return target.detail;
    case 'assumed':
      return 'cannot be looked at';
    case 'unknown':
      return `could not be looked at: ${target.why}`;
  }
}
