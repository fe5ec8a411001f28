import type { Blow, Moment } from '../simulation/life.js';
import type { Failure } from './jobs.js';

const MOMENTS: readonly Moment[] = ['before', 'lost', 'after', 'frozen', 'paused', 'raced', 'cut'];
const BLOW = /^(all|writes):(\d+):(\w+)$/;

/** The command that plays this very schedule again. */
export function again({ path, blows, defect }: Failure, seed: number): string {
  const said = blows.map(({ at, of, moment }) => ` --blow ${of}:${at}:${moment}`).join('');
  const planted = defect === undefined ? '' : ` --defect '${defect}'`;
  return `npm run crash-sweep -- --seed ${seed} --path '${path}'${said}${planted}`;
}

/** As `again` writes it. */
export function blowFrom(text: string): Blow {
  const [, of, at, moment] = BLOW.exec(text) ?? [];
  const known = MOMENTS.find((one) => one === moment);
  if (!known) throw new Error(`${text} is no blow; one is writes:3:lost`);
  return { at: Number(at), of: of === 'all' ? 'all' : 'writes', moment: known };
}
