import { approvalProblems } from './approval-consistency.js';
import { credentialsProblems } from './credentials-consistency.js';
import { deliveryProblems } from './delivery-consistency.js';
import { formatDuration } from './duration.js';
import type { Problem } from './issues.js';
import { fieldOf } from './plain.js';
import { RETRIES } from './defaults.js';
import { ageConfig, retryConfig } from './rotation-schema.js';
import { strategyProblems } from './strategy-consistency.js';
import { scheduleProblems } from './schedule-consistency.js';
import { storeProblems } from './store-consistency.js';
import type { Path } from './yaml-source.js';

/**
 * Faults between fields that are right by themselves, `defaults` taken into account. Works on the plain values of the
 * file, so that a fault elsewhere hides none of these.
 */
export function consistencyProblems(defaults: unknown, rotations: readonly unknown[]): Problem[] {
  return [
    ...ageProblems(defaults, rotations),
    ...scheduleProblems(defaults, rotations),
    ...retryProblems(defaults, rotations),
    ...drivenProblems(rotations),
    ...approvalProblems(defaults, rotations),
    ...strategyProblems(defaults, rotations),
    ...deliveryProblems(rotations),
    ...storeProblems(rotations),
    ...credentialsProblems(rotations),
  ];
}

function ageProblems(defaults: unknown, rotations: readonly unknown[]): Problem[] {
  const shared = ageConfig.safeParse(defaults ?? {}).data;
  if (shared === undefined) return [];
  return rotations.flatMap((rotation, index) => {
    const own = ageConfig.safeParse(rotation).data;
    if (own === undefined) return [];
    const path =
      own.renewBefore === undefined ? ['defaults', 'renewBefore'] : ['rotations', index, 'renewBefore'];
    return renewProblems(path, own.renewBefore ?? shared.renewBefore, own.maxAge ?? shared.maxAge);
  });
}

function renewProblems(path: Path, renewBefore: number | undefined, maxAge: number | undefined): Problem[] {
  if (renewBefore === undefined) return [];
  const found = formatDuration(renewBefore);
  if (maxAge === undefined) {
    return [{ path, found: `${found} without a maxAge`, expected: 'a maxAge too, or no renewBefore' }];
  }
  if (renewBefore < maxAge) return [];
  return [{ path, found, expected: `less than maxAge, which is ${formatDuration(maxAge)}` }];
}

/** The defaults of Rotor itself agree; what is written over one of the two has to agree with the other. */
function retryProblems(defaults: unknown, rotations: readonly unknown[]): Problem[] {
  const parsed = retryConfig.safeParse(defaults ?? {});
  const shared = parsed.data?.retries;
  return rotations.flatMap((rotation, index) => {
    const { data, success } = retryConfig.safeParse(rotation);
    const own = data?.retries;
    const isByItself = own?.base !== undefined && own.cap !== undefined;
    // What is wrong in one of them is said there, and what the other one has beside it is not known.
    if (!success || (!parsed.success && !isByItself)) return [];
    const { baseMs, capMs } = RETRIES;
    const base = own?.base ?? shared?.base ?? baseMs;
    const cap = own?.cap ?? shared?.cap ?? capMs;
    if (base <= cap) return [];
    const where = own?.base === undefined && own?.cap === undefined ? ['defaults'] : ['rotations', index];
    const [key, found, expected] =
      (own?.base ?? shared?.base) === undefined
        ? ['cap', cap, `at least base, which is ${formatDuration(base)}`]
        : ['base', base, `at most cap, which is ${formatDuration(cap)}`];
    return [{ path: [...where, 'retries', key], found: formatDuration(found), expected }];
  });
}

/** What is in `defaults` is for the other rotations; what stands in this one was meant for it. */
function drivenProblems(rotations: readonly unknown[]): Problem[] {
  return rotations.flatMap((rotation, index) => {
    if (fieldOf(fieldOf(rotation, 'store'), 'drivenBy') !== 'aws') return [];
    const keys = ['maxAge', 'renewBefore', 'schedule'].filter((key) => fieldOf(rotation, key) !== undefined);
    return keys.map((key) => ({
      path: ['rotations', index, key],
      atKey: true,
      found: `${key} in a rotation that AWS drives`,
      expected: `no ${key}, as AWS alone says when it is rotated`,
      hint: 'Give the schedule to AWS: aws secretsmanager rotate-secret --rotation-rules.',
    }));
  });
}
