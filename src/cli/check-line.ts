import type { RotationView } from '../triggers/rotation-view.js';
import { isTooOld, severityOf, type Severity } from '../triggers/severity.js';
import { counted } from './counted.js';
import { pausedSince, verbOf } from './paused.js';

/** https://www.monitoring-plugins.org/doc/guidelines.html#AEN78: the exit code is the place in the list. */
export const LEVELS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

export type Line = {
  readonly level: (typeof LEVELS)[number];
  readonly text: string;
  readonly performance?: string;
};

const LEVEL_OF: Readonly<Record<Severity, Line['level']>> = {
  none: 'OK',
  warning: 'WARNING',
  critical: 'CRITICAL',
};

const MOST_NAMED = 5;

/** What stands before and after the bar that begins the performance data. */
export function written({ level, text, performance }: Line): string {
  const line = text.replaceAll('|', '/').replaceAll(/\s+/g, ' ').trim();
  return `ROTOR ${level} - ${line}${performance === undefined ? '' : ` | ${performance}`}`;
}

export function lineOfOne(rotation: RotationView, now: number): Line {
  const text = `${rotation.name} ${verbOf(rotation.state)} ${wordOf(rotation, now)}: ${reasonOf(rotation)}`;
  const performance = ageOf(rotation, now);
  return { level: levelOf(rotation, now), text, ...(performance !== undefined && { performance }) };
}

export function lineOfAll(all: readonly RotationView[], now: number): Line {
  const at = (level: Line['level']) => all.filter((one) => levelOf(one, now) === level);
  const counts = { ok: at('OK'), warning: at('WARNING'), critical: at('CRITICAL') };
  const { ok, warning, critical } = counts;
  const bad = [...critical, ...warning].map((one) => `${one.name} ${wordOf(one, now)}`);
  const more = bad.length > MOST_NAMED ? ` and ${bad.length - MOST_NAMED} more` : '';
  const named = bad.length > 0 ? `: ${bad.slice(0, MOST_NAMED).join(', ')}${more}` : '';
  const measures = Object.entries(counts).map(
    ([label, those]) => `${label}=${those.length};;;0;${all.length}`,
  );
  return {
    level: critical.length > 0 ? 'CRITICAL' : warning.length > 0 ? 'WARNING' : 'OK',
    text: `${ok.length} of ${counted(all.length, 'rotation')} ${all.length === 1 ? 'is' : 'are'} well${named}`,
    performance: measures.join(' '),
  };
}

function levelOf(rotation: RotationView, now: number): Line['level'] {
  return LEVEL_OF[severityOf(rotation, now)];
}

function wordOf(rotation: RotationView, now: number): string {
  const state = rotation.state.replaceAll('_', ' ');
  const word = isTooOld(rotation, now) && state !== 'overdue' ? `${state} and overdue` : state;
  return rotation.replacedBefore ? `${word} with a token that had been replaced` : word;
}

function reasonOf(rotation: RotationView): string {
  const { state, drift, pause, deliveriesPaused, lastRun, fingerprint, tokenSince, nextDueAt, approval } =
    rotation;
  const { replacedBefore } = rotation;
  if (state === 'deliveries_paused' && deliveriesPaused)
    return `${deliveriesPaused.run}, ${pausedSince(deliveriesPaused)}`;
  const isOfRun = state === 'failed' || state === 'degraded' || state === 'stalled';
  const told = isOfRun ? lastRun?.detail : state === 'drifted' ? drift?.detail : pause?.reason;
  if (told) return told;
  if (replacedBefore) return replacedBefore.detail;
  if (approval.pending !== null) return `waits for approval ${approval.pending}`;
  const token = fingerprint === null ? 'no token of a run yet' : `token ${fingerprint} since ${tokenSince}`;
  return `${token}, ${nextDueAt === null ? 'no start by schedule' : `next start ${nextDueAt}`}`;
}

/** https://www.monitoring-plugins.org/doc/guidelines.html#AEN201: due is a warning, too old is critical. */
function ageOf({ tokenSince, maxAgeMs, renewBeforeMs }: RotationView, now: number): string | undefined {
  if (tokenSince === null) return undefined;
  const age = Math.max(0, seconds(now - Date.parse(tokenSince)));
  const limits = maxAgeMs === null ? ';' : `${seconds(maxAgeMs - (renewBeforeMs ?? 0))};${seconds(maxAgeMs)}`;
  return `age=${age}s;${limits};0`;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
