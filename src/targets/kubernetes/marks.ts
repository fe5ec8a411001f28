/**
 * On the pod template, so that each pod says which token it was started for: `ROTATION.rotor.dev/token-fingerprint`.
 * The name of the rotation is in it, since each of two that restart one workload would take the other's away.
 */
export function fingerprintKey(rotation: string): string {
  return `${domainOf(rotation)}/token-fingerprint`;
}

/** A domain ends in no hyphen, and the name of a rotation may: `shop--` is `shop.2`, which no other one can be. */
function domainOf(rotation: string): string {
  const name = rotation.replace(/-+$/, '');
  const hyphens = rotation.length - name.length;
  return hyphens === 0 ? `${name}.rotor.dev` : `${name}.${hyphens}.rotor.dev`;
}
