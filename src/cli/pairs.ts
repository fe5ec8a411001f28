import { hanging } from './room.js';

/** A line each, titles aligned; left out where there is nothing to say. */
export function pairs(all: readonly (readonly [title: string, said: string | null])[]): string[] {
  const told = all.filter(([, said]) => said !== null);
  const width = Math.max(...told.map(([title]) => title.length));
  return told.map(([title, said]) => hanging(`${title.padEnd(width)}  `, said ?? ''));
}
