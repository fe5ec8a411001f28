import { resolve } from 'node:path';
import { completeApproval } from './approval-defaults.js';
import { completeSchedule } from './schedule-defaults.js';
import type { Config, DeclaredConfig, DeclaredRotation, RotationConfig } from './schema.js';

const LISTEN: Config['server']['listen'] = { host: '127.0.0.1', port: 8080 };
const RATE_LIMIT: Config['server']['rateLimit'] = { perMinute: 600 };
export const STATE_DIR = './rotor-state';
/** A tenth of maxAge leaves three days of thirty for one failed run and another. */
const RENEW_BEFORE_PART = 10;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

const VERIFY: RotationConfig['verify'] = {
  probes: 10,
  probeIntervalMs: SECOND_MS,
  // A plan of Elastic Cloud may take 34 minutes and then apply.
  acceptDeadlineMs: 40 * MINUTE_MS,
  quietPeriodMs: 10 * MINUTE_MS,
  prepareDeadlineMs: 5 * MINUTE_MS,
  settleReads: 10,
};
export const RETRIES: RotationConfig['retries'] = { max: 5, baseMs: 2 * SECOND_MS, capMs: 2 * MINUTE_MS };
const WATCH: RotationConfig['watch'] = { everyMs: MINUTE_MS, onDrift: 'adopt' };
const LIMITS: Config['limits'] = { runsAtOnce: 50, startsPerMinute: 100 };
const STRATEGY: RotationConfig['strategy'] = {
  maxConcurrentTargets: 5,
  waves: [],
  soakMs: 0,
  onTargetFailure: 'continue',
};

type Policy = Pick<
  DeclaredRotation,
  'maxAge' | 'renewBefore' | 'schedule' | 'verify' | 'watch' | 'retries' | 'strategy' | 'approval' | 'notify'
>;

/** What wins over the file: a flag, else an environment variable. */
export type Overrides = {
  readonly listen?: Config['server']['listen'];
  readonly stateDir?: string;
};

/** The overrides win over the file, the file over what Rotor assumes. */
export function completeConfig(declared: DeclaredConfig, overrides: Overrides): Config {
  const { server = {}, cloud, notifiers = {}, defaults = {}, rotations } = declared;
  return {
    version: declared.version,
    server: {
      listen: overrides.listen ?? server.listen ?? LISTEN,
      ...(server.baseUrl !== undefined && { baseUrl: server.baseUrl }),
      rateLimit: { ...RATE_LIMIT, ...server.rateLimit },
      auth: { jwt: server.auth?.jwt ?? [] },
    },
    stateDir: resolve(overrides.stateDir ?? declared.stateDir ?? STATE_DIR),
    ...(cloud && { cloud: withoutLimits(cloud) }),
    limits: { ...LIMITS, ...cloud?.limits },
    notifiers,
    rotations: rotations.map((rotation) => completeRotation(rotation, defaults)),
  };
}

function withoutLimits({
  limits: _limits,
  ...cloud
}: NonNullable<DeclaredConfig['cloud']>): NonNullable<Config['cloud']> {
  return cloud;
}

/** Key by key: what the rotation says, else `defaults`, else what Rotor assumes. */
function completeRotation(rotation: DeclaredRotation, defaults: Policy): RotationConfig {
  const { maxAge: _, renewBefore: _1, schedule, verify, watch, retries, strategy, ...rest } = rotation;
  const age = agePolicy(rotation, defaults);
  return {
    ...rest,
    ...age,
    schedule: completeSchedule(schedule, defaults.schedule, age.renewBeforeMs),
    verify: { ...VERIFY, ...verifyInMs(defaults.verify), ...verifyInMs(verify) },
    watch: { ...WATCH, ...watchInMs(defaults.watch), ...watchInMs(watch) },
    retries: { ...RETRIES, ...retriesInMs(defaults.retries), ...retriesInMs(retries) },
    strategy: { ...STRATEGY, ...strategyInMs(defaults.strategy), ...strategyInMs(strategy) },
    approval: completeApproval(rotation.approval, defaults.approval),
    notify: rotation.notify ?? defaults.notify ?? [],
  };
}

export function agePolicy(
  rotation: Pick<Policy, 'maxAge' | 'renewBefore'>,
  defaults: Pick<Policy, 'maxAge' | 'renewBefore'>,
): Pick<RotationConfig, 'maxAgeMs' | 'renewBeforeMs'> {
  const maxAgeMs = rotation.maxAge ?? defaults.maxAge;
  if (maxAgeMs === undefined) return {};
  const part = Math.floor(maxAgeMs / RENEW_BEFORE_PART);
  return { maxAgeMs, renewBeforeMs: rotation.renewBefore ?? defaults.renewBefore ?? part };
}

function verifyInMs(verify: Policy['verify'] = {}): Partial<RotationConfig['verify']> {
  const { probeInterval, acceptDeadline, quietPeriod, prepareDeadline, ...rest } = verify;
  return {
    ...rest,
    ...(probeInterval !== undefined && { probeIntervalMs: probeInterval }),
    ...(acceptDeadline !== undefined && { acceptDeadlineMs: acceptDeadline }),
    ...(quietPeriod !== undefined && { quietPeriodMs: quietPeriod }),
    ...(prepareDeadline !== undefined && { prepareDeadlineMs: prepareDeadline }),
  };
}

function watchInMs({ interval, ...rest }: NonNullable<Policy['watch']> = {}): Partial<
  RotationConfig['watch']
> {
  return { ...rest, ...(interval !== undefined && { everyMs: interval }) };
}

function strategyInMs({ soak, ...rest }: NonNullable<Policy['strategy']> = {}): Partial<
  RotationConfig['strategy']
> {
  return { ...rest, ...(soak !== undefined && { soakMs: soak }) };
}

function retriesInMs({ max, base, cap }: NonNullable<Policy['retries']> = {}): Partial<
  RotationConfig['retries']
> {
  return {
    ...(max !== undefined && { max }),
    ...(base !== undefined && { baseMs: base }),
    ...(cap !== undefined && { capMs: cap }),
  };
}
