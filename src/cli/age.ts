const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Four characters at the most up to 999 days: `3d`, `21h`, `5m`, `0s`; `–` where there is no such time. */
export function ageOf(time: string | null, now: number): string {
  return time === null ? '–' : spanOf(now - Date.parse(time));
}

/** `in 21h`; `now` where the time has come. */
export function timeTo(time: string, now: number): string {
  const left = Date.parse(time) - now;
  return left <= 0 ? 'now' : `in ${spanOf(left)}`;
}

/** How a table tells times: from now, or as they are. */
export type Times = { readonly now: number; readonly isUtc: boolean };

export function timesFor({ utc }: { readonly utc?: boolean }): Times {
  return { now: Date.now(), isUtc: utc === true };
}

/** How long ago, or when. */
export function pastIn({ now, isUtc }: Times, time: string | null): string {
  return isUtc ? (time ?? '–') : ageOf(time, now);
}

/** In how long, or when. */
export function comingIn({ now, isUtc }: Times, time: string): string {
  return isUtc ? time : timeTo(time, now);
}

function spanOf(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? UNITS[3];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}
