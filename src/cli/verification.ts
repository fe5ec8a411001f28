import type { Verification } from './client.js';

/** 0 where all agree, 3 where something is out of step, 6 where it could not be seen, 8 where it is on its way. */
export function exitOfVerification({ verdict }: Verification): number {
  return { in_step: 0, drifted: 3, unknown: 6, busy: 8 }[verdict];
}

/** Without a full stop. */
export function headlineOf({ verdict, drift, busy }: Verification): string {
  return {
    in_step: 'issuer, APM Server and store agree',
    drifted: drift?.detail ?? 'out of step',
    busy: `a change is on its way: ${busy ?? ''}`,
    unknown: 'not everything could be seen, so nothing is proven',
  }[verdict];
}

/** The command that is most likely to help, where there is one. */
export function nextOfVerification({ verdict, drift, underWay }: Verification): string | undefined {
  if (drift) return drift.repair;
  return verdict === 'busy' && underWay !== null ? `rotor watch ${underWay}` : undefined;
}

export function connectionsOf({
  accepted,
  refused,
  unclear,
}: NonNullable<Verification['connections']>): string {
  return `${accepted} of ${accepted + refused + unclear}`;
}

export function verificationText(seen: Verification): string {
  const { rotation, issuer, store, connections, targets } = seen;
  const next = nextOfVerification(seen);
  const width = Math.max('APM Server'.length, ...targets.map(({ name }) => name.length));
  const line = (what: string, found: string): string => `  ${what.padEnd(width)}  ${found}`;
  const lines = [
    `${rotation}: ${headlineOf(seen)}.`,
    line('issuer', issuer ?? 'does not show the token'),
    line('store', store ?? 'holds no token'),
    connections &&
      line('APM Server', `accepted the stored token on ${connectionsOf(connections)} fresh connections`),
    ...targets.map((target) => line(target.name, seenOf(target))),
    next !== undefined && `next: ${next}`,
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
