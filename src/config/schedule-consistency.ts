import { agePolicy } from './defaults.js';
import { completeSchedule } from './schedule-defaults.js';
import { formatDuration } from './duration.js';
import type { Problem } from './issues.js';
import { scheduledConfig } from './rotation-schema.js';
import type { DeclaredSchedule } from './schedule-schema.js';
import type { Path } from './yaml-source.js';

type Key = keyof DeclaredSchedule;
type Fault = { readonly key: Key; readonly found: string; readonly expected: string };

/** Between the fields of one schedule, `defaults` taken into account. */
export function scheduleProblems(defaults: unknown, rotations: readonly unknown[]): Problem[] {
  const shared = scheduledConfig.safeParse(defaults ?? {}).data;
  if (shared === undefined) return [];
  return [
    ...blackoutProblems(['defaults', 'schedule'], shared.schedule, shared.schedule?.timezone),
    ...rotations.flatMap((rotation, index) => {
      const own = scheduledConfig.safeParse(rotation).data;
      if (own === undefined) return [];
      const schedule = { ...shared.schedule, ...own.schedule };
      const { renewBeforeMs } = agePolicy(own, shared);
      const path = (key: Key): Path =>
        own.schedule?.[key] === undefined
          ? ['defaults', 'schedule', key]
          : ['rotations', index, 'schedule', key];
      return [
        ...faultsOf(schedule, renewBeforeMs).map(({ key, ...fault }) => ({ path: path(key), ...fault })),
        ...blackoutProblems(['rotations', index, 'schedule'], own.schedule, schedule.timezone),
      ];
    }),
  ];
}

function faultsOf(
  { cron, window, jitter, catchUp }: DeclaredSchedule,
  renewBefore: number | undefined,
): Fault[] {
  const faults: Fault[] = [];
  if (window !== undefined && cron === undefined)
    faults.push({
      key: 'window',
      found: `${formatDuration(window)} without a cron`,
      expected: 'a cron that opens it, or no window',
    });
  if (catchUp !== undefined && window === undefined)
    faults.push({
      key: 'catchUp',
      found: `${catchUp} without a window`,
      expected: 'a window that may go by, or no catchUp',
    });
  if (jitter === undefined) return faults;
  const found = jitter === 0 ? 'none' : formatDuration(jitter);
  if (window !== undefined && jitter >= window)
    faults.push({ key: 'jitter', found, expected: `less than window, which is ${formatDuration(window)}` });
  if (cron === undefined && renewBefore !== undefined && jitter >= renewBefore)
    faults.push({
      key: 'jitter',
      found,
      expected: `less than renewBefore, which is ${formatDuration(renewBefore)}`,
    });
  return faults;
}

function blackoutProblems(path: Path, schedule: DeclaredSchedule | undefined, timezone = 'UTC'): Problem[] {
  return (schedule?.blackouts ?? []).flatMap((blackout, index) => {
    const [times] = completeSchedule({ blackouts: [blackout], timezone }).blackouts;
    if (!times || times.from < times.to) return [];
    return [
      {
        path: [...path, 'blackouts', index, 'to'],
        found: blackout.to,
        expected: `later than from, which is ${blackout.from}`,
      },
    ];
  });
}
